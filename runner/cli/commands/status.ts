/** `agent-runner status <peer>`: prints everything about one agent, session or pane. */
import { exitCode } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine, quotedName } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { paneFacts, renderPane } from '#runner/cli/terminal/pane-text.ts';
import { stdout } from '#runner/text/output.ts';
import { factLines, instantText, paintFor, plural, usdText, verdictText } from '#runner/text/terminal.ts';
import type { AgentStatus, SessionStatus } from '#runner/verbs/status.ts';

export const command: Declaration = {
  words: 'status',
  heading: 'What they do',
  about: 'one agent, session or pane, in full; exit 1 if it does not run or is parked',
  arguments: [
    { name: '[name]', about: 'also an id of a session, or a pane (work:1.0); default: who calls', completes: 'peer' },
  ],
  options: [
    { flags: '--set <text>', about: 'say what you do now, shown to the others for a day; "" takes it back' },
    SOCKET_OPTION,
  ],
  json: true,
  examples: ['agent-runner status reviewer', 'agent-runner status --set "reviewing #12"'],
  exits: {
    1: 'the agent does not run, is parked or is broken; the session is over',
    64: 'a text that is too long, or not your own',
    66: 'no such agent, session or pane',
    69: 'no tmux',
  },
};

type Options = { set?: string; socket?: string };

export async function run(call: Call, name: string | undefined, { set, socket }: Options): Promise<number> {
  const { isWell, status } = await import('#runner/verbs/status.ts');
  const seen = await status(await call.context(), {
    name: name ?? null,
    socket,
    ...(set === undefined ? {} : { says: set }),
  });
  const nowMs = Date.now();
  const text = () => {
    if (seen.kind === 'pane') return renderPane(seen, nowMs);
    return seen.kind === 'session' ? renderSession(seen, nowMs) : render(seen, nowMs) + troublesOf(seen);
  };
  call.show(seen, text);
  return isWell(seen) || set !== undefined ? exitCode.ok : exitCode.no;
}

/** What the runner complains about, and what is wrong with the root right now. */
function troublesOf({ runner, rootProblems }: AgentStatus): string {
  const told = rootProblems.map(
    ({ sentence, mend }) => `${printableLine(sentence)}\n${' '.repeat(15)}${printableLine(mend)}`,
  );
  return [...(runner?.problem ? [printableLine(runner.problem)] : []), ...told]
    .map(line => `  trouble      ${line}\n`)
    .join('');
}

function render(agent: AgentStatus, nowMs: number): string {
  const paint = paintFor(stdout, process.env);
  const { turn, session, runner, permissionMode: mode } = agent;
  const lines = factLines([
    agent.healthy ? ['state', agent.detail] : ['state', agent.detail, paint.red],
    ['says', agent.says],
    ['next', agent.next],
    ['runner', runner ? `pid ${runner.pid}, since ${instantText(Date.parse(runner.startedAt), nowMs)}` : 'none'],
    ['turn', turn && turnLine(turn, nowMs)],
    ...(turn?.messages ?? []).map(({ id, from, kind }): [string, string] => [
      '',
      `${kind} ${shortId(id)} from ${from}`,
    ]),
    [
      'inbox',
      `${agent.waiting} waiting, ${agent.later > 0 ? `${agent.later} for later, ` : ''}${agent.working} in work, ${agent.dead} dead`,
    ],
    ...agent.notTakenDrops.map((drop, at): [string, string] => [
      at === 0 ? 'not taken' : '',
      `${quotedName(drop.name, limits.nameShownCharsMax)} ${drop.problem}: ${drop.remedy}`,
    ]),
    ['ignored', ignoredLine(agent)],
    ['signals', signalLine(agent)],
    ['last turn', lastTurnLine(agent, nowMs)],
    ['session', session && `${session.id}, ${plural(session.turns, 'turn')}, ${contextText(session)}`],
    ['resident', residentLine(agent, nowMs)],
    ['plan', planLine(agent, nowMs)],
    ['open in', agent.ownerPid ? `pid ${agent.ownerPid}: close it there, the work then goes on` : null],
    ['cost', costLine(agent)],
    ['activity', agent.lastActivityAt === null ? null : `${ageText(nowMs - Date.parse(agent.lastActivityAt))} ago`],
    mode === 'bypassPermissions' ? ['permissions', mode, paint.red] : ['permissions', mode],
    ['allowed, too', agent.keptRules.length === 0 ? null : `${agent.keptRules.join(', ')} (${agent.path}/rules/)`],
    // Without a mode its agent.md cannot be read, and nothing is known of its model.
    ['model', mode && (agent.model ?? '(default)')],
    ['cwd', agent.cwd],
    ...agent.worktrees.map(({ path, branch, used }): [string, string] => [
      'worktree',
      `${path}, branch ${branch}${used ? '' : ' (not used now)'}`,
    ]),
    ['files', agent.path],
  ]);
  return `${paint.bold(agent.name)}\n${lines}`;
}

function turnLine({ number, pid, since }: NonNullable<AgentStatus['turn']>, nowMs: number): string {
  const from = since === null ? '' : `, since ${instantText(Date.parse(since), nowMs)}`;
  return `${number}${pid ? `, pid ${pid}` : ', no child'}${from}`;
}

const contextText = ({ contextTokens, contextWindow }: NonNullable<AgentStatus['session']>): string =>
  `${contextTokens}${contextWindow === null ? '' : ` of ${contextWindow}`} tokens of context`;

/** null: no claude stays. */
function residentLine({ resident }: AgentStatus, nowMs: number): string | null {
  if (!resident) return null;
  const { pid, turns, rssMiB, idleSince } = resident;
  const does = idleSince === null ? 'at work' : `idle for ${ageText(nowMs - Date.parse(idleSince))}`;
  return [`pid ${pid}`, plural(turns, 'turn'), ...(rssMiB === null ? [] : [`${rssMiB} MiB`]), does].join(', ');
}

/** null: no resident has told, as with an API key. */
function planLine({ plan }: AgentStatus, nowMs: number): string | null {
  const windows = plan?.windows.map(({ name, used, resetsAt }) => {
    const until = resetsAt === null ? '' : ` until ${instantText(Date.parse(resetsAt), nowMs)}`;
    return `${printableLine(name)} ${Math.round(used * 100)} %${until}`;
  });
  return windows?.join(', ') ?? null;
}

function lastTurnLine({ lastTurn, turns }: AgentStatus, nowMs: number): string {
  if (!lastTurn) return turns > 0 ? 'none has ended' : 'none yet';
  const { verdict, reason, denials } = lastTurn;
  const denied = denials.length > 0 ? `, ${plural(denials.length, 'tool call')} denied` : '';
  const cause = lastTurn.bySignal ? ', by a signal' : '';
  return `${lastTurn.number}${cause}, ${instantText(Date.parse(lastTurn.at), nowMs)}, ${verdictText(verdict, reason)}, ${usdText(lastTurn.costUsd)}${denied}`;
}

/** Names that are never work, a few of them. */
function ignoredLine({ ignoredNames }: AgentStatus): string | null {
  if (ignoredNames.length === 0) return null;
  const named = ignoredNames.slice(0, NAMED).map(name => quotedName(name, limits.nameShownCharsMax));
  const more = ignoredNames.length > NAMED ? ` and ${ignoredNames.length - NAMED} more` : '';
  return `${named.join(', ')}${more}: names that are never work (takeAll: true in config.yaml takes them)`;
}

const NAMED = 8;

/** null: none waits, and none has cost anything today. */
function signalLine({ budget, signals: { waiting, todayUsd } }: AgentStatus): string | null {
  if (waiting === 0 && todayUsd === 0) return null;
  const most = budget ? ` of ${usdText(budget.signalsPerDayUsd)}` : '';
  return `${waiting} waiting, ${usdText(todayUsd)}${most} today for turns that they alone started`;
}

function costLine({ budget, todayUsd, session }: AgentStatus): string {
  const most = budget ? ` of ${usdText(budget.perDayUsd)}` : '';
  return `${usdText(todayUsd)}${most} today, ${usdText(session?.totalUsd ?? 0)} in this session`;
}

function renderSession(session: SessionStatus, nowMs: number): string {
  const { name, id, state, detail, waiting, later, dead, notTaken, ignored, pid, tmux } = session;
  const lines = factLines([
    ['state', detail ? `${state} (${detail})` : state],
    ['says', session.says],
    ['session', id],
    [
      'inbox',
      [
        plural(waiting, 'message'),
        later > 0 && `${later} for later`,
        dead > 0 && `${dead} dead`,
        notTaken > 0 && `${notTaken} cannot be taken`,
        ignored > 0 && `${ignored} ignored`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    ['signals', session.takesSignals ? `agent-runner notify ${name}` : 'nobody takes them: agent-runner start'],
    ['woken by', session.wake && `${session.wake.rung}: ${printableLine(session.wake.why)}`],
    ['activity', `${ageText(nowMs - Date.parse(session.lastActivityAt))} ago`],
    ['process', pid === null ? null : `pid ${pid}, since ${instantText(Date.parse(session.startedAt), nowMs)}`],
    [
      'tmux',
      session.pane === null && tmux
        ? `pane ${tmux.pane}${session.paneProblem === null ? '' : `: ${session.paneProblem}`}`
        : null,
    ],
    ...(session.pane === null ? [] : paneFacts(session.pane)),
    ['branch', session.branch],
    ['cwd', session.cwd],
  ]);
  return `${paintFor(stdout, process.env).bold(printableLine(name))}\n${lines}`;
}
