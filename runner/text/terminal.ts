/** Layout for people: colours, columns, ages, money. Pure. */
import { stampText } from '#blackboard/system/clock.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { columnsOf, cutTo, cutToEnd } from '#runner/text/columns.ts';

export interface Paint {
  red(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
  /** One of six colours, by number: the same number is the same colour. */
  tint(text: string, index: number): string;
}

/** Only on a terminal, and never with NO_COLOR (no-color.org: set and not empty) or TERM=dumb. */
export function paintFor(stream: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  const isOn = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const wrap = (code: number) => (text: string) => (isOn ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { red: wrap(31), dim: wrap(2), bold: wrap(1), tint: (text, index) => wrap(32 + (index % 5))(text) };
}

export interface Column {
  head: string;
  right?: boolean;
  /** Shrinks (cut with "…") if the line would be longer than the terminal; the widest first. */
  shrinks?: boolean;
  /** If it is cut, its end stays: a path. */
  keepsEnd?: boolean;
  /** Is left out if shrinking alone is not enough; the highest number first. */
  leaves?: number;
  paint?(text: string): string;
}

const GAP = '  ';
/** Columns below which a cell that shrinks says too little. */
const SHRUNK_MIN = 12;

/** A table with a head line; every line ends in a newline. `width`: columns of the terminal, or null for no limit. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | null): string {
  const cells = [columns.map(({ head }) => head), ...rows.map(row => row.map(cell => printableLine(cell)))];
  const natural = columns.map((_, at) => Math.max(...cells.map(row => columnsOf(row[at]!))));
  const { shown, widths } = fitted(columns, natural, width);
  return cells
    .map((row, line) => {
      const parts = shown.map(at => {
        const { right, paint, keepsEnd } = columns[at]!;
        const short = (keepsEnd ? cutToEnd : cutTo)(row[at]!, widths[at]!);
        const padding = ' '.repeat(Math.max(0, widths[at]! - columnsOf(short)));
        const painted = line > 0 && paint ? paint(short) : short;
        return right ? padding + painted : painted + padding;
      });
      return `${parts.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

/** Which columns are shown, and how wide each is: as wide as its cells, or as the terminal has room. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number | null) {
  const widths = [...natural];
  let shown = columns.map((_, at) => at);
  if (width === null) return { shown, widths };
  const least = (at: number) => (columns[at]!.shrinks ? Math.min(natural[at]!, SHRUNK_MIN) : natural[at]!);
  const sum = (of: (at: number) => number) => shown.reduce((total, at) => total + of(at) + GAP.length, -GAP.length);
  while (sum(least) > width) {
    const [last] = shown
      .filter(at => columns[at]!.leaves !== undefined)
      .sort((a, b) => columns[b]!.leaves! - columns[a]!.leaves!);
    if (last === undefined) break;
    shown = shown.filter(at => at !== last);
  }
  for (let over = sum(at => widths[at]!) - width; over > 0; over--) {
    const [widest] = shown
      .filter(at => columns[at]!.shrinks && widths[at]! > 2)
      .sort((a, b) => widths[b]! - widths[a]!);
    if (widest === undefined) break;
    widths[widest]!--;
  }
  return { shown, widths };
}

/**
 * A list of keys and texts, one per line; null entries are left out. Colours are added to text that is already
 * printable.
 */
export const factLines = (lines: readonly (readonly [string, string | null, ((text: string) => string)?])[]): string =>
  lines
    .flatMap(([key, text, paint = plain]) =>
      text === null ? [] : [`  ${key.padEnd(13)}${paint(printableLine(text))}\n`],
    )
    .join('');

const plain = (text: string): string => text;

export const usdText = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;

/** An instant for people: the time of day, and the date unless it is today. */
export function instantText(atMs: number, nowMs: number): string {
  const [day, time] = stampText(atMs).split(' ') as [string, string];
  return new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? time : `${day} ${time}`;
}

/** How a turn ended, and why: `cancelled by operator` says both. */
export const verdictText = (verdict: string, reason: string | null): string =>
  reason === null || reason === '' ? verdict : reason.startsWith(verdict) ? reason : `${verdict}: ${reason}`;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
