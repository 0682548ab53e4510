/** `agent-runner status <name>`: one agent, or session, in full. */

import { agentLayout, wakeLayout } from '#blackboard/layout.ts';
import { isAgent } from '#blackboard/peers/peers.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import { type SessionFacts, sessionFacts } from '#blackboard/peers/sessions.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { whyLeft } from '#blackboard/system/one-entry.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine, quotedName } from '#blackboard/text/printable.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { sessionSummary, summaryOf } from '#runner/cli/commands/list.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { renderSession } from '#runner/cli/terminal/session-view.ts';
import { readFacts, stateSource } from '#runner/status/agent-facts.ts';
import { type AgentFacts, isHealthy, stateOf } from '#runner/status/agent-state.ts';
import { type RootProblem, rootProblems, signalProblem } from '#runner/status/health.ts';
import { leftMend } from '#runner/status/left-mend.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { factLines, instantText, paintFor, plural, usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'status',
  heading: 'What they do',
  about: 'one agent or session, in full; exit 1 if it does not run or is parked',
  arguments: [{ name: '<name>', completes: 'agent' }],
  json: true,
  examples: ['agent-runner status reviewer', 'agent-runner status reviewer --json'],
  exits: { 1: 'the agent does not run, is parked or is broken; the session is over', 66: 'no such agent or session' },
};

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const files = createSyncFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const nowMs = Date.now();
  if (!(await isAgent(files, root, name))) {
    const session = await sessionNamed(files, root, name);
    const facts = session && (await sessionFacts(files, root, session, nowMs, registryStatus));
    if (facts) return await tellSession(global, files, root, facts, nowMs);
  }
  await requireAgent(files, root, name);
  const facts = await readFacts(stateSource(root, files, process.env, nowMs), name);
  const unasked = await signalProblem({ byLoading: false });
  const troubles = [
    ...(await rootProblems(root, { watch: facts.runner === null, listen: false })),
    ...(unasked ? [unasked] : []),
  ];
  if (global.json) printJson({ ...fullOf(facts, nowMs), rootProblems: troubles });
  else process.stdout.write(wrapTo(render(facts, root, nowMs) + troublesOf(facts, troubles), terminalColumns()));
  // Where watches fail there is polling: slower, not worse. Where the kernel is not asked, mode and token stand.
  return isHealthy(facts, nowMs) && troubles.every(({ code }) => code === 'watch' || code === 'kernel')
    ? exitCode.ok
    : exitCode.no;
}

async function tellSession(
  { json }: GlobalOptions,
  files: Files,
  root: string,
  facts: SessionFacts,
  nowMs: number,
): Promise<number> {
  const isServed = (await files.facts(wakeLayout(root, facts.peer.id).token)) !== null;
  if (json) printJson(sessionSummary(facts));
  else process.stdout.write(wrapTo(renderSession(facts, isServed, nowMs), terminalColumns()));
  return ['ended', 'dead'].includes(facts.state) ? exitCode.no : exitCode.ok;
}

/** What ails the runner by its own word, and what is wrong with the root as it is tried now. */
function troublesOf({ runner }: AgentFacts, troubles: readonly RootProblem[]): string {
  const told = troubles.map(
    ({ sentence, mend }) => `${printableLine(sentence)}\n${' '.repeat(15)}${printableLine(mend)}`,
  );
  return [...(runner?.problem ? [printableLine(runner.problem)] : []), ...told]
    .map(line => `  trouble      ${line}\n`)
    .join('');
}

/** `status --json`: what `list --json` says, and the rest. */
function fullOf(facts: AgentFacts, nowMs: number) {
  const { definition, session, lastTurn, open, runner, parked, retry } = facts;
  return {
    ...summaryOf(facts, nowMs),
    healthy: isHealthy(facts, nowMs),
    problem: facts.problem,
    cwd: definition?.cwd ?? null,
    budget: definition?.budget ?? null,
    runner: runner && { pid: runner.identity.pid, startedAt: runner.startedAt, problem: runner.problem ?? null },
    turn: open && {
      number: open.number,
      pid: open.pid,
      since: open.sinceMs === null ? null : new Date(open.sinceMs).toISOString(),
      messages: open.messages,
    },
    turns: facts.turnCount,
    session: session && {
      id: session.id,
      turns: session.turns,
      contextTokens: session.contextTokens,
      totalUsd: session.totalUsd,
    },
    lastTurn: lastTurn && {
      number: lastTurn.turn,
      at: lastTurn.at,
      verdict: lastTurn.verdict.kind,
      bySignal: lastTurn.signals?.alone ?? false,
      reason: 'reason' in lastTurn.verdict ? lastTurn.verdict.reason : null,
      costUsd: lastTurn.costUsd,
      denials: lastTurn.denials,
    },
    parked: parked && { code: parked.code, reason: parked.reason, at: parked.at, untilMs: parked.untilMs ?? null },
    stopped: facts.isStopped,
    paused: facts.pausedBy,
    retryAt: retry && new Date(retry.atMs).toISOString(),
    ownerPid: facts.ownerPid,
    signals: { waiting: facts.signalCount, todayUsd: facts.signalsUsd },
    notTakenDrops: facts.left.map(drop => ({ path: drop.path, problem: whyLeft(drop), remedy: leftMend(drop) })),
    ignoredNames: facts.ignored,
  };
}

function render(facts: AgentFacts, root: string, nowMs: number): string {
  const paint = paintFor(process.stdout, process.env);
  const { words, next } = stateOf(facts, nowMs);
  const { definition, open, session, runner } = facts;
  const mode = definition?.permissionMode;
  const lines = factLines([
    isHealthy(facts, nowMs) ? ['state', words] : ['state', words, paint.red],
    ['next', next],
    [
      'runner',
      runner ? `pid ${runner.identity.pid}, since ${instantText(Date.parse(runner.startedAt), nowMs)}` : 'none',
    ],
    ['turn', open && turnLine(facts, nowMs)],
    ...(open?.messages ?? []).map(({ id, from, kind }): [string, string] => [
      '',
      `${kind} ${shortId(id)} from ${from}`,
    ]),
    [
      'inbox',
      `${facts.waitingCount} waiting, ${facts.laterCount > 0 ? `${facts.laterCount} for later, ` : ''}${facts.workingCount} in work, ${facts.deadCount} dead`,
    ],
    ...facts.left.map((drop, at): [string, string] => [
      at === 0 ? 'not taken' : '',
      `${quotedName(drop.name, limits.nameShownCharsMax)} ${whyLeft(drop)}: ${leftMend(drop)}`,
    ]),
    ['ignored', ignoredLine(facts)],
    ['signals', signalLine(facts)],
    ['last turn', lastTurnLine(facts, nowMs)],
    [
      'session',
      session && `${session.id}, ${plural(session.turns, 'turn')}, ${session.contextTokens} tokens of context`,
    ],
    ['open in', facts.ownerPid ? `pid ${facts.ownerPid}: close it there, the work then goes on` : null],
    ['cost', costLine(facts)],
    ['activity', facts.lastActivityMs === null ? null : `${ageText(nowMs - facts.lastActivityMs)} ago`],
    mode === 'bypassPermissions' ? ['permissions', mode, paint.red] : ['permissions', mode ?? null],
    ['model', definition && (definition.model ?? '(default)')],
    ['cwd', definition?.cwd ?? null],
    ['files', agentLayout(root, facts.name).home],
  ]);
  return `${paint.bold(facts.name)}\n${lines}`;
}

function turnLine({ open }: AgentFacts, nowMs: number): string {
  const since = open!.sinceMs === null ? '' : `, since ${instantText(open!.sinceMs, nowMs)}`;
  return `${open!.number}${open!.pid ? `, pid ${open!.pid}` : ', no child'}${since}`;
}

function lastTurnLine({ lastTurn, turnCount }: AgentFacts, nowMs: number): string {
  if (!lastTurn) return turnCount > 0 ? 'none has ended' : 'none yet';
  const { verdict, denials } = lastTurn;
  const how = verdict.kind === 'answered' ? 'answered' : `${verdict.kind}: ${verdict.reason}`;
  const denied = denials.length > 0 ? `, ${plural(denials.length, 'tool call')} denied` : '';
  const cause = lastTurn.signals?.alone ? ', by a signal' : '';
  return `${lastTurn.turn}${cause}, ${instantText(Date.parse(lastTurn.at), nowMs)}, ${how}, ${usdText(lastTurn.costUsd)}${denied}`;
}

/** Names that are never work, a few of them. */
function ignoredLine({ ignored }: AgentFacts): string | null {
  if (ignored.length === 0) return null;
  const named = ignored.slice(0, NAMED).map(name => quotedName(name, limits.nameShownCharsMax));
  const more = ignored.length > NAMED ? ` and ${ignored.length - NAMED} more` : '';
  return `${named.join(', ')}${more}: names that are never work (takeAll: true in config.yaml takes them)`;
}

const NAMED = 8;

/** null: none waits, and none has cost anything today. */
function signalLine({ definition, signalCount, signalsUsd }: AgentFacts): string | null {
  if (signalCount === 0 && signalsUsd === 0) return null;
  const budget = definition ? ` of ${usdText(definition.budget.signalsPerDayUsd)}` : '';
  return `${signalCount} waiting, ${usdText(signalsUsd)}${budget} today for turns that they alone started`;
}

function costLine({ definition, todayUsd, session }: AgentFacts): string {
  const budget = definition ? ` of ${usdText(definition.budget.perDayUsd)}` : '';
  return `${usdText(todayUsd)}${budget} today, ${usdText(session?.totalUsd ?? 0)} in this session`;
}
