/** What goes to stdout: text that a terminal can take, or JSON. */
import { printable, printableJson, printableLine } from '#blackboard/text/printable.ts';

/** A peer's text, with a newline at its end. Terminal escapes reach a file or a pipe, never a terminal. */
export function printText(text: string): void {
  const line = text.endsWith('\n') ? text : `${text}\n`;
  // As bytes it passes the guard (guard.ts) as it is.
  process.stdout.write(process.stdout.isTTY ? printable(line) : Buffer.from(line));
}

/** JSON.stringify leaves much as it is that a terminal takes for more than text: U+009B begins an escape on some. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/** The same on one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** One line out of any text, cut to `charsMax`. */
export function headLine(text: string, charsMax: number): string {
  const line = printableLine(text);
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
