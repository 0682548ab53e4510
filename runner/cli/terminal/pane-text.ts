/** Panes for people: the rows of `list`, what `status` says of one, and what was said in its session. */
import { limits } from '#blackboard/system/limits.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Pane, PaneStatus, Pressed, Said, Spawned } from '#runner/results/panes.ts';
import { terminalColumns } from '#runner/text/columns.ts';
import { stdout } from '#runner/text/output.ts';
import { printText } from '#runner/text/printing.ts';
import { factLines, instantText, paintFor, table } from '#runner/text/terminal.ts';

export const pressedText = ({ address, key, before, after }: Pressed): string =>
  `${printableLine(address)}: ${key}, ${standText(before)} -> ${standText(after)}\n`;

/** Where it stands, and what a person does next. */
export function spawnedText({ name, address, pane, socket, session, prompt, ...stand }: Spawned): string {
  const got = prompt === null ? '' : `, its prompt was ${prompt}`;
  const there = process.env.TMUX ? 'switch-client' : 'attach';
  return (
    `${name} is in ${printableLine(address)} (${pane}): ${standText(stand)}${got}\n` +
    `${session === null ? '' : `  session  ${session}\n`}` +
    `${stand.state === 'modal' ? `  answer   agent-runner press ${pane} <key>\n` : ''}` +
    `  attach   tmux -S ${quoted(socket)} ${there} -t =${quoted(name)}\n`
  );
}

const standText = ({ state, subtype }: Pressed['after']): string =>
  subtype === null ? state : `${state} (${subtype})`;

export function renderPanes(panes: readonly Pane[], nowMs: number): string {
  if (panes.length === 0) return '';
  const columns = [
    { head: 'ADDR', shrinks: true as const },
    { head: 'STATE' },
    { head: 'SUBTYPE' },
    { head: 'LAST', right: true as const, leaves: 1 },
    { head: 'NAME', shrinks: true as const },
  ];
  const rows = panes.map(({ address, own, state, subtype, lastActivityAt, name, session }) => [
    `${address}${own ? '*' : ''}`,
    state,
    subtype ?? '-',
    lastActivityAt === null ? '-' : ageText(nowMs - Date.parse(lastActivityAt)),
    name ?? session ?? '-',
  ]);
  return table(columns, rows, terminalColumns());
}

/** The lines of `status` about a pane: what it does, what says so, and what may be done to it. */
export function paneFacts(pane: PaneStatus): [string, string][] {
  const { address, own, state, subtype, reason, dialog, sources, gates } = pane;
  return [
    ['pane', `${printableLine(address)}${own ? ' (your own)' : ''}`],
    ['does', `${state}${subtype === null ? '' : ` (${subtype})`}: ${printableLine(reason)}`],
    ...dialogLines(dialog).map((line, at): [string, string] => [at === 0 ? 'dialog' : '', `│ ${line}`]),
    ...sources.map(({ source, says, line }): [string, string] => [
      source,
      line === null ? says : `${says}: ${JSON.stringify(printableLine(line))}`,
    ]),
    ...gates.flatMap(({ verb, isOpen, why, override }): [string, string][] =>
      LOOKING.includes(verb)
        ? []
        : [
            [
              verb,
              `${isOpen ? 'open' : override === null ? 'closed' : `closed, but for ${override}`}: ${printableLine(why)}`,
            ],
          ],
    ),
    ['always open', LOOKING.join(', ')],
  ];
}

/** What only looks is never closed (runner/panes/gates.ts). */
const LOOKING: readonly PaneStatus['gates'][number]['verb'][] = ['list', 'status', 'wait', 'peek', 'tail'];

/** The end of it, where its choices are, without rules and empty lines. */
const dialogLines = (dialog: string | null): string[] =>
  (dialog ?? '')
    .split('\n')
    .map(line => printableLine(line).trimEnd())
    .filter(line => /[^\s─▔]/.test(line))
    .slice(-limits.dialogLinesShown);

export function renderPane(pane: PaneStatus, nowMs: number): string {
  const { name, session, pid, lastActivityAt } = pane;
  const lines = factLines([
    ...paneFacts(pane),
    ['session', session],
    ['process', pid === null ? null : `pid ${pid}`],
    ['activity', lastActivityAt === null ? null : `${ageText(nowMs - Date.parse(lastActivityAt))} ago`],
  ]);
  return `${paintFor(stdout, process.env).bold(printableLine(name ?? pane.address))}\n${lines}`;
}

/** Who said it and when, then the text. */
export function printSaid({ role, at, text }: Said, nowMs: number): void {
  const head = `${role === 'user' ? 'user' : 'claude'}${at === null ? '' : `, ${instantText(Date.parse(at), nowMs)}`}`;
  stdout.write(`${paintFor(stdout, process.env).dim(head)}\n`);
  printText(text);
}
