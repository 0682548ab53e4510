/** Writes to stdout: text that is safe for a terminal, or JSON. */
import { printable, printableJson, printableLine } from '#blackboard/text/printable.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { stdout } from '#runner/text/output.ts';

/** Whole lines, wrapped between words where a terminal is narrower. */
export const printLines = (lines: string): void => stdout.write(wrapTo(lines, terminalColumns()));

/** A peer's text, with a final newline. Terminal escapes reach a file or a pipe, never a terminal. */
export function printText(text: string): void {
  const line = text.endsWith('\n') ? text : `${text}\n`;
  if (stdout.isTTY) printLines(printable(line));
  // As bytes it passes the guard (guard.ts) unchanged.
  else stdout.write(Buffer.from(line));
}

/** JSON.stringify leaves characters that a terminal may interpret: on some, U+009B begins an escape. */
export function printJson(value: unknown): void {
  stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/** The same on one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** Makes one line of any text, cut to `charsMax`. */
export function headLine(text: string, charsMax: number): string {
  const line = printableLine(text);
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
