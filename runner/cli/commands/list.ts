/** `agent-runner list`: every agent with what it is doing, from files only. */

import { listAgents } from '#blackboard/peers/peers.ts';
import { listSessions, type SessionFacts } from '#blackboard/peers/sessions.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { OVERLAP_RISK, rootOverlap } from '#runner/agents/root-overlap.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import { type AgentFacts, stateOf } from '#runner/status/agent-state.ts';
import { rootProblems } from '#runner/status/health.ts';
import { lyingElsewhere } from '#runner/status/lying-elsewhere.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { paintFor, table, usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'list',
  heading: 'What they do',
  about: 'the agents: state, waiting messages, what they cost today',
  json: true,
  examples: ['agent-runner list', 'agent-runner list --json'],
};

export async function run(global: GlobalOptions): Promise<number> {
  const files = createSyncFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const nowMs = Date.now();
  const troubles = rootProblems(root, { watch: false });
  const sessions = (await listSessions(files, root, nowMs, registryStatus)).filter(each => isWorthALine(each, nowMs));
  const agents = await readAllFacts(stateSource(root, files, process.env, nowMs), await listAgents(files, root));
  if (global.json) printJson([...agents.map(each => summaryOf(each, nowMs)), ...sessions.map(sessionSummary)]);
  else if (agents.length === 0 && sessions.length === 0)
    process.stdout.write(`No agents in ${root} yet. Add one with: agent-runner add <name> --cwd <directory>\n`);
  else
    process.stdout.write(
      [agents.length > 0 ? render(agents, nowMs) : '', renderSessions(sessions, nowMs)].filter(Boolean).join('\n'),
    );
  for (const { name, definition } of agents) {
    const overlap = definition && (await rootOverlap(root, definition));
    if (overlap)
      process.stderr.write(`${name}: ${printableLine(overlap.sentence)}: ${OVERLAP_RISK}\nagent-runner edit ${name}\n`);
  }
  if (!global.json) {
    const lying = (await lyingElsewhere(files, root)).map(printableLine).join('\n');
    if (lying !== '') process.stdout.write(wrapTo(`\n${lying}\n`, terminalColumns()));
  }
  for (const { sentence, mend } of await troubles)
    process.stderr.write(`${printableLine(sentence)}\n${printableLine(mend)}\n`);
  return exitCode.ok;
}

/** A session that is over is shown while it has something unread, or for a day. */
const isWorthALine = ({ state, unread, lastActivityMs }: SessionFacts, nowMs: number): boolean =>
  !['ended', 'dead'].includes(state) || unread > 0 || nowMs - lastActivityMs < limits.endedSessionShownMs;

/** One session in `list --json`. */
export const sessionSummary = ({ peer, state, detail, unread, lastActivityMs, ...facts }: SessionFacts) => ({
  kind: 'session',
  name: peer.name,
  id: peer.id,
  state,
  detail,
  waiting: unread,
  later: facts.later,
  notTaken: facts.left.length,
  ignored: facts.ignored.length,
  dead: facts.dead,
  cwd: peer.cwd,
  lastActivityAt: new Date(lastActivityMs).toISOString(),
  pid: peer.process?.pid ?? null,
});

function renderSessions(sessions: readonly SessionFacts[], nowMs: number): string {
  if (sessions.length === 0) return '';
  const columns = [
    { head: 'SESSION', shrinks: true },
    { head: 'STATE', shrinks: true },
    { head: 'UNREAD', right: true },
    { head: 'LAST', right: true, leaves: 1 },
    { head: 'CWD', shrinks: true, leaves: 2 },
  ];
  const rows = sessions.map(({ peer, state, detail, unread, later, left, ignored, lastActivityMs }) => [
    peer.name,
    detail ? `${state} (${detail})` : state,
    waitingText({ waitingCount: unread, laterCount: later, left, ignored }),
    ageText(nowMs - lastActivityMs),
    peer.cwd,
  ]);
  return table(columns, rows, terminalColumns());
}

/** One agent in `list --json`. `state` is the word, `detail` the whole of it. */
export function summaryOf(facts: AgentFacts, nowMs: number) {
  const { kind, words } = stateOf(facts, nowMs);
  return {
    kind: 'agent',
    name: facts.name,
    state: kind,
    detail: words,
    waiting: facts.waitingCount,
    later: facts.laterCount,
    working: facts.workingCount,
    notTaken: facts.left.length,
    ignored: facts.ignored.length,
    dead: facts.deadCount,
    todayUsd: facts.todayUsd,
    lastActivityAt: facts.lastActivityMs === null ? null : new Date(facts.lastActivityMs).toISOString(),
    permissionMode: facts.definition?.permissionMode ?? null,
    model: facts.definition?.model ?? null,
    runnerPid: facts.runner?.identity.pid ?? null,
  };
}

/** What waits, and what lies there without being taken: `3, 1 later, 2 ignored`. */
export const waitingText = ({
  waitingCount,
  laterCount,
  left,
  ignored,
}: Pick<AgentFacts, 'waitingCount' | 'laterCount' | 'left' | 'ignored'>): string =>
  [
    String(waitingCount),
    laterCount > 0 && `${laterCount} later`,
    left.length > 0 && `${left.length} cannot be taken`,
    ignored.length > 0 && `${ignored.length} ignored`,
  ]
    .filter(Boolean)
    .join(', ');

function render(agents: readonly AgentFacts[], nowMs: number): string {
  const paint = paintFor(process.stdout, process.env);
  const alarm = (words: readonly string[]) => (text: string) =>
    words.some(word => text.startsWith(word)) ? paint.red(text) : text;
  const columns = [
    { head: 'NAME', shrinks: true },
    { head: 'STATE', shrinks: true, paint: alarm(['broken', 'parked', 'orphaned', 'held']) },
    { head: 'WAITING', right: true },
    { head: 'TODAY', right: true, leaves: 1 },
    { head: 'LAST', right: true, leaves: 2 },
    { head: 'PERMISSIONS', paint: alarm(['bypassPermissions']) },
    { head: 'MODEL', shrinks: true, leaves: 3 },
  ];
  const rows = agents.map(facts => [
    facts.name,
    stateOf(facts, nowMs).words,
    waitingText(facts),
    usdText(facts.todayUsd),
    facts.lastActivityMs === null ? '-' : ageText(nowMs - facts.lastActivityMs),
    facts.definition?.permissionMode ?? '-',
    facts.definition ? (facts.definition.model ?? '(default)') : '-',
  ]);
  return table(columns, rows, terminalColumns());
}
