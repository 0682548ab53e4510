/** How things are laid out for people: colours where they belong, columns, ages, money. Pure. */
import { printable } from '../turn/transcript-lines.ts';

export interface Paint {
  red(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
  /** One of six colours, by number: the same number is the same colour. */
  tint(text: string, index: number): string;
}

/** Escapes on a terminal only, and never with NO_COLOR (no-color.org: set and not empty) or TERM=dumb. */
export function paintFor(stream: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  const isOn = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const wrap = (code: number) => (text: string) => (isOn ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { red: wrap(31), dim: wrap(2), bold: wrap(1), tint: (text, index) => wrap(32 + (index % 5))(text) };
}

export interface Column {
  head: string;
  right?: boolean;
  /** Gives way (cut with "…") where the line would be longer than the terminal. */
  shrinks?: boolean;
  paint?(text: string): string;
}

const GAP = '  ';

/** A table with a head line; every line ends in a newline. `width`: columns of the terminal, or null for no limit. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | null): string {
  const cells = [columns.map(({ head }) => head), ...rows.map(row => row.map(cell => oneLine(cell)))];
  const widths = columns.map((_, at) => Math.max(...cells.map(row => row[at]!.length)));
  const whole = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  const shrinking = columns.findIndex(column => column.shrinks);
  if (width !== null && whole > width && shrinking >= 0)
    widths[shrinking] = Math.max(12, widths[shrinking]! - (whole - width));
  return cells
    .map((row, line) => {
      const parts = row.map((cell, at) => {
        const { right, paint } = columns[at]!;
        const short = cut(cell, widths[at]!);
        const padding = ' '.repeat(widths[at]! - short.length);
        const painted = line > 0 && paint ? paint(short) : short;
        return right ? padding + painted : painted + padding;
      });
      return `${parts.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ').trim();
const cut = (text: string, chars: number): string => (text.length <= chars ? text : `${text.slice(0, chars - 1)}…`);

export const usdText = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;

/** An instant for people: the time of day, with the date where it is not today's. */
export function instantText(atMs: number, nowMs: number): string {
  const [day, time] = stampText(atMs).split(' ') as [string, string];
  return new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? time : `${day} ${time}`;
}

/** An instant with its date, local time: 2026-11-21 06:07:35. */
export function stampText(atMs: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const at = new Date(atMs);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
