/** The end of a command's help: its examples, and the meaning of its exit codes. */
import type { Command } from 'commander';
import { columnsOf, terminalColumns, wrapTo } from '#runner/text/columns.ts';

export function showExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('after', () => {
    const columns = terminalColumns();
    return `\nExamples:\n${examples.map(each => `${exampleTo(each, columns)}\n`).join('')}`.trimEnd();
  });
}

export function showExits(command: Command, exits: Readonly<Record<number, string>>): void {
  command.addHelpText('after', () => {
    const lines = Object.entries(exits).map(([code, about]) => `  ${code}  ${about}\n`);
    return wrapTo(`\nExit codes beside 0:\n${lines.join('')}`, terminalColumns()).trimEnd();
  });
}

/** An example that is wider than the terminal continues after a backslash, so that it can be copied. */
export function exampleTo(example: string, columnsMax: number | null): string {
  const words = example.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  let line = ' ';
  let shown = '';
  for (const word of words) {
    if (columnsMax !== null && line.trim() !== '' && columnsOf(`${line} ${word} \\`) > columnsMax) {
      shown += `${line} \\\n`;
      line = '     ';
    }
    line += ` ${word}`;
  }
  return shown + line;
}
