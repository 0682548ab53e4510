/** A text as it is typed into claude's box: without control characters, with a word of ours first, in pieces that stay text. Pure. */
import { limits } from '#blackboard/system/limits.ts';
import { readLines } from '#runner/panes/screen-text.ts';

/** claude runs what begins with `!` or `/`, also behind a blank. With this in front nothing runs. */
export const OUR_WORD = '[agent-runner] ';

/** As claude's transcript will have it: it makes four blanks of a tab, and drops blanks at the end (2.1.332). */
export const cleanText = (text: string): string =>
  text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\t', '    ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
    .trim();

/** What is pasted, one piece after the other; together they are the text. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of text) {
    const lines = piece.split('\n').length + (character === '\n' ? 1 : 0);
    if (piece.length + character.length > limits.pasteCharsMax || lines > limits.pasteLinesMax) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  // Enter behind a backslash makes a line break; the blank is dropped.
  if (text.endsWith('\\')) piece += ' ';
  return [...pieces, piece];
}

/** Whether the box of a pane will show all of it: `captured` is its screen. claude scrolls a box of about half the rows. */
export function fitsBox(text: string, captured: string): boolean {
  const rows = captured.replace(/\n$/, '').split('\n');
  const columns = Math.max(...readLines(captured).map(({ text }) => (text.startsWith('─') ? text.length : 0)));
  // A word that does not fit goes to the next row; a character may be two columns wide.
  const width = Math.max(1, Math.floor((columns - 4) * 0.8));
  const needed = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / width)), 0);
  return needed <= Math.max(1, Math.floor(rows.length * limits.paneTextRowsShare));
}

const columnsOf = (line: string): number => [...line].reduce((sum, each) => sum + (each > '\u10ff' ? 2 : 1), 0);

/** Whether a box shows this text and nothing else; claude breaks lines where its box ends. */
export const isInBox = (shown: string, text: string): boolean => withoutBlanks(shown) === withoutBlanks(text);

const withoutBlanks = (text: string): string => text.replace(/\s+/g, '');
