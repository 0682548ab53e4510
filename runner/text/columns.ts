/** Text in the columns of a terminal: how many it takes, cut to so many, wrapped between words. Colour escapes take none. Pure. */
import { eastAsianWidth } from 'get-east-asian-width';
import { stdout } from '#runner/text/output.ts';

/** Columns of the terminal at stdout, or null: no terminal, and so no limit. */
export const terminalColumns = (stream: { isTTY?: boolean; columns?: number | undefined } = stdout): number | null =>
  stream.isTTY === true ? stream.columns || 80 : null;

// biome-ignore lint/suspicious/noControlCharactersInRegex: our own paint.
const PAINT = /\u001b\[\d*m/g;
/** Characters drawn over the one before, or not at all. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const isAscii = (text: string): boolean => !/[^ -~]/.test(text);

const widthOfCharacter = (character: string): number =>
  isAscii(character) ? 1 : ZERO.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);

/** Columns of a text of one line. */
export function columnsOf(text: string): number {
  if (isAscii(text)) return text.length;
  let columns = 0;
  for (const character of text.replace(PAINT, '')) columns += widthOfCharacter(character);
  return columns;
}

/** The text, or its beginning with "…", so that it takes at most so many columns. For text without colours. */
export const cutTo = (text: string, columnsMax: number): string =>
  columnsOf(text) <= columnsMax
    ? text
    : `${fitting([...text], columnsMax - 1)
        .join('')
        .trimEnd()}…`;

/** The text, or "…" with its end: of a path that says more. */
export const cutToEnd = (text: string, columnsMax: number): string =>
  columnsOf(text) <= columnsMax
    ? text
    : `…${fitting([...text].reverse(), columnsMax - 1)
        .reverse()
        .join('')
        .trimStart()}`;

/** As many of the first as have room. */
function fitting(characters: readonly string[], columnsMax: number): string[] {
  let columns = 0;
  const end = characters.findIndex(character => {
    columns += widthOfCharacter(character);
    return columns > columnsMax;
  });
  return characters.slice(0, end < 0 ? undefined : end);
}

/**
 * Wraps each line longer than `columnsMax` between words; it continues below its beginning or below its value
 * (`  state        …`), and what is quoted (`│ …`) behind its mark. A word longer than a line (a path, an id) stays whole, and so does
 * a command in a line of its own. null: nothing is wrapped.
 */
export function wrapTo(text: string, columnsMax: number | null): string {
  if (columnsMax === null) return text;
  return text
    .split('\n')
    .map(line => (columnsOf(line) <= columnsMax || COMMAND.test(line) ? line : wrapLine(line, columnsMax)))
    .join('\n');
}

/** One to be copied. */
const COMMAND = /^ +(?:agent-runner|cp|tail|cat) /;

/** Next commands, each with its purpose: behind them in one column if all lines have room, else each in a line before. */
export function commandLines(commands: readonly (readonly [string, string?])[], columnsMax: number | null): string {
  const purposeAt =
    Math.max(0, ...commands.map(([command, what]) => (what === undefined ? 0 : columnsOf(command)))) + 5;
  const behind = commands.map(([command, what]) =>
    what === undefined ? `  ${command}\n` : `  ${command}${' '.repeat(purposeAt - columnsOf(command))}# ${what}\n`,
  );
  if (columnsMax === null || behind.every(line => columnsOf(line) - 1 <= columnsMax)) return behind.join('');
  return commands.map(([command, what]) => `${what === undefined ? '' : `  # ${what}\n`}  ${command}\n`).join('');
}

/** What stands before the value: `  key          `, `ok    root         `. Gaps of two blanks or more end it; null: it has none. */
const keyOf = (line: string, columnsMax: number): string | null =>
  [/^ *(?:\S+(?: \S+)*? {2,})+/, /^ *\S+(?: \S+)*? {2,}/]
    .map(pattern => pattern.exec(line)?.[0])
    .find(key => key !== undefined && columnsOf(key) <= columnsMax) ?? null;

function wrapLine(line: string, columnsMax: number): string {
  // Every line of what an agent wrote has the mark: without it, it could look like ours.
  const quote = /^ *│ /.exec(line)?.[0];
  const own = quote ?? /^ */.exec(line)![0];
  const key = quote === undefined ? keyOf(line, columnsMax / 2) : null;
  const indent = quote ?? ' '.repeat(key ? columnsOf(key) : Math.min(own.length + 2, 20));
  const lines: string[] = [];
  let current = key ?? own;
  let isEmpty = true;
  for (const [, gap = '', word = ''] of line.slice(current.length).matchAll(/( *)([^ ]+)/g)) {
    const isTooLong = columnsOf(current) + (isEmpty ? 0 : gap.length) + columnsOf(word) > columnsMax;
    if (isTooLong && !isEmpty) {
      lines.push(current);
      current = indent;
      isEmpty = true;
    } else if (isTooLong && current === key && own.length + 2 + columnsOf(word) <= columnsMax) {
      // A path that has room in a line of its own, and none beside its name.
      lines.push(current.trimEnd());
      current = `${own}  `;
    }
    current += isEmpty ? word : `${gap}${word}`;
    isEmpty = false;
  }
  return [...lines, current].join('\n');
}
