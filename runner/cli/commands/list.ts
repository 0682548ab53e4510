/** `agent-runner list`: prints every agent, session and other peer with its state, and the panes of tmux that have a claude. */
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { OVERLAP_RISK } from '#runner/agents/root-overlap.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { renderPanes } from '#runner/cli/terminal/pane-text.ts';
import type { Agent, OtherPeer, Session } from '#runner/results/shared.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { stderr, stdout } from '#runner/text/output.ts';
import { printJson } from '#runner/text/printing.ts';
import { paintFor, table, usdText } from '#runner/text/terminal.ts';
import type { Listing } from '#runner/verbs/list.ts';

export const command: Declaration = {
  words: 'list',
  heading: 'What they do',
  about: 'the agents: state, waiting messages, cost today; your sessions, and their panes in tmux',
  options: [SOCKET_OPTION],
  json: true,
  examples: ['agent-runner list', 'agent-runner list --json'],
  exits: { 69: 'the tmux server that was named cannot be asked' },
};

export async function run(call: Call, { socket }: { socket?: string }): Promise<void> {
  const { list } = await import('#runner/verbs/list.ts');
  const context = await call.context();
  const listing = await list(context, { elsewhere: !call.json, panes: true, socket });
  if (call.json) printJson([...listing.peers, ...listing.panes]);
  else showPeers(listing, context.root);
  showTroubles(listing);
}

/** The tables. */
export function showPeers({ peers, panes }: Listing, root: string): void {
  const nowMs = Date.now();
  const agents = peers.filter(each => each.kind === 'agent');
  const sessions = peers.filter(each => each.kind === 'session');
  const others = peers.filter(each => each.kind === 'other');
  stdout.write(
    peers.length + panes.length === 0
      ? `No agents in ${root} yet. Add one with: agent-runner add <name> --cwd <directory>\n`
      : [renderAgents(agents, nowMs), renderSessions(sessions, nowMs), renderPanes(panes, nowMs), renderOthers(others)]
          .filter(Boolean)
          .join('\n'),
  );
}

/** What no row tells. */
export function showTroubles({ overlaps, lyingElsewhere, rootProblems, panesProblem }: Listing): void {
  if (panesProblem !== null) stderr.write(`agent-runner: panes are left out: ${printableLine(panesProblem)}\n`);
  for (const { name, sentence } of overlaps)
    stderr.write(`${name}: ${printableLine(sentence)}: ${OVERLAP_RISK}\nagent-runner edit ${name}\n`);
  if (lyingElsewhere.length > 0)
    stdout.write(wrapTo(`\n${lyingElsewhere.map(printableLine).join('\n')}\n`, terminalColumns()));
  for (const { sentence, mend } of rootProblems) stderr.write(`${printableLine(sentence)}\n${printableLine(mend)}\n`);
}

/** Only if somebody says something. */
const saysColumn = (rows: readonly Pick<Agent, 'says'>[]) =>
  rows.some(({ says }) => says !== null) ? [{ head: 'SAYS', shrinks: true as const, leaves: 4 }] : [];

function renderSessions(sessions: readonly Session[], nowMs: number): string {
  if (sessions.length === 0) return '';
  const says = saysColumn(sessions);
  const columns = [
    { head: 'SESSION', shrinks: true },
    { head: 'STATE', shrinks: true },
    { head: 'UNREAD', right: true },
    { head: 'LAST', right: true, leaves: 1 },
    { head: 'CWD', shrinks: true, keepsEnd: true, leaves: 2 },
    ...says,
  ];
  const rows = sessions.map(session => [
    session.name,
    session.detail ? `${session.state} (${session.detail})` : session.state,
    waitingText(session),
    ageText(nowMs - Date.parse(session.lastActivityAt)),
    session.cwd,
    ...says.map(() => session.says ?? ''),
  ]);
  return table(columns, rows, terminalColumns());
}

function renderOthers(others: readonly OtherPeer[]): string {
  if (others.length === 0) return '';
  const rows = others.map(each => [each.name, each.word, waitingText(each), String(each.dead)]);
  const columns = [
    { head: 'OTHER', shrinks: true },
    { head: 'KIND' },
    { head: 'WAITING', right: true },
    { head: 'DEAD', right: true },
  ];
  return table(columns, rows, terminalColumns());
}

type Counts = Pick<Agent, 'waiting' | 'later'> & Partial<Pick<Agent, 'notTaken' | 'ignored'>>;

/** What waits, and what lies there without being taken: `3, 1 later, 2 ignored`. */
const waitingText = ({ waiting, later, notTaken = 0, ignored = 0 }: Counts): string =>
  [
    String(waiting),
    later > 0 && `${later} later`,
    notTaken > 0 && `${notTaken} cannot be taken`,
    ignored > 0 && `${ignored} ignored`,
  ]
    .filter(Boolean)
    .join(', ');

function renderAgents(agents: readonly Agent[], nowMs: number): string {
  if (agents.length === 0) return '';
  const paint = paintFor(stdout, process.env);
  const alarm = (words: readonly string[]) => (text: string) =>
    words.some(word => text.startsWith(word)) ? paint.red(text) : text;
  const says = saysColumn(agents);
  const columns = [
    { head: 'NAME', shrinks: true },
    { head: 'STATE', shrinks: true, paint: alarm(['broken', 'parked', 'orphaned', 'held', 'asks you']) },
    { head: 'WAITING', right: true },
    { head: 'TODAY', right: true, leaves: 1 },
    { head: 'LAST', right: true, leaves: 2 },
    { head: 'PERMISSIONS', paint: alarm(['bypassPermissions']) },
    { head: 'MODEL', shrinks: true, leaves: 3 },
    ...says,
  ];
  const rows = agents.map(agent => [
    agent.name,
    agent.detail,
    waitingText(agent),
    usdText(agent.todayUsd),
    agent.lastActivityAt === null ? '-' : ageText(nowMs - Date.parse(agent.lastActivityAt)),
    agent.permissionMode ?? '-',
    // Without a mode its agent.md cannot be read, and nothing is known of its model.
    agent.permissionMode === null ? '-' : (agent.model ?? '(default)'),
    ...says.map(() => agent.says ?? ''),
  ]);
  return table(columns, rows, terminalColumns());
}
