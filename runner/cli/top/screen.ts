/** The lines of `top` for a terminal of this size. Everything that others wrote is made printable. Pure. */
import { cardQuestion, cardText } from '#blackboard/cards/card-words.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { chosenOf, type Item, itemsOf, type TopState } from '#runner/cli/top/state.ts';
import { columnsOf, cutTo, wrapTo } from '#runner/text/columns.ts';
import { type Paint, plural, table, usdText } from '#runner/text/terminal.ts';

export interface ScreenSize {
  columns: number;
  rows: number;
}

/** Exactly as many lines as the terminal has rows; none is longer than it is wide. */
export function screenLines(state: TopState, { columns, rows }: ScreenSize, paint: Paint, nowMs: number): string[] {
  const foot = footLines(state, columns, paint);
  const room = Math.max(0, rows - 1 - foot.length);
  const body = state.showsHelp
    ? HELP.map(line => cutTo(line, columns))
    : state.open === null
      ? listLines(state, columns, room, paint, nowMs)
      : peerLines(state, columns, room);
  const lines = [headLine(state, columns, paint), ...body.slice(0, room)];
  while (lines.length < rows - foot.length) lines.push('');
  return [...lines, ...foot].slice(0, rows);
}

const HELP = [
  '',
  '  j k, arrows   choose          Enter, f  follow it',
  '  a             approve a card, or answer a question',
  '  d             deny, with a reason',
  '  s             send a message  w         wake',
  '  /             filter by name  Esc       back',
  '  q             end',
  '',
  '  Any key leaves this.',
];

function headLine({ counts, cards, open, peers }: TopState, columns: number, paint: Paint): string {
  if (open !== null) return paint.bold(cutTo(printableLine(open), columns));
  const parts = [
    plural(peers.size, 'peer'),
    cards.length > 0 && `${plural(cards.length, 'question')} for you`,
    counts && counts.unread > 0 && `${counts.unread} unread`,
    counts && `${usdText(counts.todayUsd)} today`,
    counts?.isDown && 'no runner is up: agent-runner start',
  ].filter(part => typeof part === 'string');
  return paint.bold(cutTo(`agent-runner  ${parts.join(' · ')}`, columns));
}

function footLines({ typing, asked, said, filter, open }: TopState, columns: number, paint: Paint): string[] {
  if (typing) {
    const label = { send: `to ${typing.about}`, deny: 'deny, because', answer: 'answer', filter: '/' }[typing.purpose];
    const shown = `${printableLine(label)}: ${printableLine(typing.text)}`;
    // The end of what is typed is what is looked at.
    const over = columnsOf(shown) - (columns - 1);
    return [over > 0 ? `…${[...shown].slice(over + 1).join('')}▏` : `${shown}▏`];
  }
  if (asked) return [cutTo(`${printableLine(asked.words)} y: yes, any other key: no`, columns)];
  if (said !== '') return [cutTo(printableLine(said), columns)];
  const keys =
    open === null
      ? 'Enter follow  a approve  d deny  s send  w wake  / filter  ? keys  q end'
      : 'Esc back  j k scroll  s send  a approve  d deny';
  return [paint.dim(cutTo(`${filter === '' ? '' : `filter "${printableLine(filter)}"  `}${keys}`, columns))];
}

function listLines(state: TopState, columns: number, room: number, paint: Paint, nowMs: number): string[] {
  const items = itemsOf(state);
  const chosen = chosenOf(state, items);
  if (items.length === 0)
    return [
      '',
      state.filter === '' ? '  No agents yet: agent-runner add <name> --cwd <directory>' : '  No peer is called so.',
    ];
  const cards = items.filter(item => item.kind === 'card');
  const rows = items.filter(item => item.kind === 'peer');
  const [head = '', ...table] = peerTable(rows, columns - 2, nowMs);
  const lines: { text: string; item: Item | null; isAlarm: boolean }[] = [
    ...cards.map(item => ({
      text: item.kind === 'card' ? printableLine(cardQuestion(item.card)) : '',
      item,
      isAlarm: true,
    })),
    ...(rows.length > 0 ? [{ text: head, item: null, isAlarm: false }] : []),
    ...table.map((text, at) => ({ text, item: rows[at] ?? null, isAlarm: isAlarming(rows[at]) })),
  ];
  const details =
    chosen?.kind === 'card'
      ? cardText(chosen.card)
          .split('\n')
          .map(line => `    ${line}`)
      : [];
  const at = lines.findIndex(({ item }) => item !== null && item === chosen);
  const shown = lines.map(({ text, item, isAlarm }, line) => {
    const cut = cutTo(text, columns - 2);
    const painted = isAlarm ? paint.red(cut) : item === null ? paint.dim(cut) : cut;
    return line === at ? `${paint.bold('>')} ${paint.bold(cut)}` : `  ${painted}`;
  });
  shown.splice(at + 1, 0, ...details.slice(0, Math.max(3, room - 6)).map(line => cutTo(line, columns)));
  // The chosen one stays on the screen.
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), shown.length - room));
  return shown.slice(from, from + room);
}

const isAlarming = (item: Item | undefined): boolean =>
  item?.kind === 'peer' && item.row.kind === 'agent' && (item.row.needsYou || item.row.state === 'broken');

function peerTable(items: readonly Item[], columns: number, nowMs: number): string[] {
  const rows = items.map(item => {
    if (item.kind !== 'peer') return [];
    const { row } = item;
    const last =
      'lastActivityAt' in row && row.lastActivityAt !== null ? ageText(nowMs - Date.parse(row.lastActivityAt)) : '-';
    const state =
      row.kind === 'agent'
        ? row.detail
        : row.kind === 'session'
          ? row.detail
            ? `${row.state} (${row.detail})`
            : row.state
          : row.word;
    const does = ('says' in row && row.says) || (row.kind === 'session' ? row.cwd : '');
    return [
      row.name,
      state,
      String(row.waiting),
      row.dead > 0 ? String(row.dead) : '',
      row.kind === 'agent' ? usdText(row.todayUsd) : '',
      last,
      does,
    ];
  });
  const heads = [
    { head: 'NAME', shrinks: true },
    { head: 'STATE', shrinks: true },
    { head: 'WAITING', right: true },
    { head: 'DEAD', right: true, leaves: 3 },
    { head: 'TODAY', right: true, leaves: 1 },
    { head: 'LAST', right: true, leaves: 2 },
    { head: 'DOES', shrinks: true, leaves: 4 },
  ];
  return table(heads, rows, columns).split('\n').slice(0, -1);
}

function peerLines({ lines, scrolled, cards, open }: TopState, columns: number, room: number): string[] {
  const asking = cards.find(({ peer }) => peer === open);
  const card = asking
    ? [
        '',
        printableLine(cardQuestion(asking)),
        ...cardText(asking)
          .split('\n')
          .map(line => cutTo(`  ${line}`, columns)),
      ].slice(0, Math.max(3, Math.floor(room / 2)))
    : [];
  const wrapped = lines
    .slice(0, lines.length - scrolled)
    .slice(-room)
    .flatMap(line =>
      wrapTo(line, columns)
        .split('\n')
        .map(each => cutTo(each, columns)),
    );
  return [...wrapped.slice(-(room - card.length)), ...card];
}
