/**
 * Makes any text safe for a terminal, a log and a prompt: nothing in it moves a cursor, reverses the reading order,
 * hides, or starts a new line where one line is meant. Only this file says which characters those are. Pure.
 */

/** Terminal controls but tab and newline: C0, DEL, C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Marks that reverse the reading order, unusual line ends, interlinear notes, and invisible tags. */
const HIDDEN = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * For any number of lines, with their indentation. A hidden mark is shown as its number (`\u{202e}`), a control as `�`.
 */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(CONTROLS, '�')
    .replace(HIDDEN, mark => `\\u{${mark.codePointAt(0)!.toString(16)}}`);

/** One line, trimmed: every kind of line end becomes a blank. */
export const printableLine = (text: string): string =>
  PLAIN_LINE.test(text) ? text : printable(text.replace(LINE_ENDS, '\n')).replace(/\s+/g, ' ').trim();

/** Most lines: they are what comes of them. For tables of thousands of cells. */
const PLAIN_LINE = /^(?:[!-~]+(?: [!-~]+)*)?$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: two of the line ends are control characters.
const LINE_ENDS = /[\n\r\u000b\u000c\u0085\u2028\u2029]/g;

/**
 * JSON (on one line, or indented with newlines) in which everything that is not printable is escaped: its meaning stays
 * the same.
 */
export const printableJson = (json: string): string =>
  json
    .replace(CONTROLS, escaped)
    .replace(HIDDEN, mark => [...mark].flatMap(each => each.split('').map(escaped)).join(''));

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A name from outside, quoted, so that nobody takes its words for ours; if it is longer than `charsMax`, it is cut and
 * counted.
 */
export function quotedName(name: string, charsMax: number): string {
  const isLong = name.length > charsMax;
  const shown = isLong ? name.slice(0, charsMax).replace(/[\ud800-\udbff]$/, '') : name;
  return `${printableJson(JSON.stringify(shown))}${isLong ? `… (${name.length} characters)` : ''}`;
}
