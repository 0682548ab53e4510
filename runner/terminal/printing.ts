/** What goes to stdout: text that a terminal can take, or JSON. */
import { printable } from '../turn/transcript-lines.ts';

/** A peer's text, with a newline at its end. Terminal escapes reach a file or a pipe, never a terminal. */
export function printText(text: string): void {
  const shown = process.stdout.isTTY ? printable(text) : text;
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** JSON.stringify leaves DEL and the C1 controls as they are, and U+009B begins an escape on some terminals. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2).replace(/[\u007f-\u009f]/g, escaped)}\n`);
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line out of any text, cut to `charsMax`. */
export function headLine(text: string, charsMax: number): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
