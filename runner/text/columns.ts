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
export function cutTo(text: string, columnsMax: number): string {
  if (columnsOf(text) <= columnsMax) return text;
  let columns = 0;
  let kept = '';
  for (const character of text) {
    columns += widthOfCharacter(character);
    if (columns > columnsMax - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/**
 * Wraps each line longer than `columnsMax` between words; it continues below its beginning or below its value
 * (`  state        …`). A word longer than a line (a path, an id) stays whole. null: nothing is wrapped.
 */
export function wrapTo(text: string, columnsMax: number | null): string {
  if (columnsMax === null) return text;
  return text
    .split('\n')
    .map(line => (columnsOf(line) <= columnsMax ? line : wrapLine(line, columnsMax)))
    .join('\n');
}

/** Where the words after a command begin, in a line that has room for them. */
const WORDS_AT = 48;

/**
 * Next commands, each with its purpose: after it if the line has room, else in a line before it. A command is never
 * broken, so that it can be copied.
 */
export function commandLines(commands: readonly (readonly [string, string?])[], columnsMax: number | null): string {
  return commands
    .map(([command, what]) => {
      if (what === undefined) return `  ${command}\n`;
      const behind = `${`  ${command}     `.padEnd(WORDS_AT)}# ${what}`;
      return columnsMax === null || columnsOf(behind) <= columnsMax ? `${behind}\n` : `  # ${what}\n  ${command}\n`;
    })
    .join('');
}

/** What stands before the value: `  key          `, `ok    root         `. Gaps of two blanks or more end it; null: it has none. */
const keyOf = (line: string, columnsMax: number): string | null =>
  [/^ *(?:\S+(?: \S+)*? {2,})+/, /^ *\S+(?: \S+)*? {2,}/]
    .map(pattern => pattern.exec(line)?.[0])
    .find(key => key !== undefined && columnsOf(key) <= columnsMax) ?? null;

function wrapLine(line: string, columnsMax: number): string {
  const own = /^ */.exec(line)![0];
  const key = keyOf(line, columnsMax / 2);
  const indent = ' '.repeat(key ? columnsOf(key) : Math.min(own.length + 2, 20));
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
