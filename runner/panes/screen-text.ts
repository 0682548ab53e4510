/** The screen of a pane as tmux captured it with its colours (`capture-pane -e`), as lines of plain text. Pure. */

/** One line. */
export interface ScreenLine {
  /** Without colours and blanks at its end. */
  text: string;
  /** The same length: `d` where a character is dim, as hints and placeholders are; else a blank. */
  dim: string;
}

/** Without the empty lines at the end. A colour that goes on into the next line is not repeated there, so its state is kept. */
export function readLines(captured: string): ScreenLine[] {
  let isDim = false;
  const lines = captured.split('\n').map(raw => {
    let text = '';
    let dim = '';
    // Most rows of a screen are plain, or empty.
    if (!raw.includes('\u001b')) {
      text = withoutBlanksAtEnd(raw);
      return { text, dim: (isDim ? 'd' : ' ').repeat(text.length) };
    }
    for (const [, sequence, parameters, plain] of raw.matchAll(PIECES)) {
      if (plain !== undefined) {
        text += plain;
        dim += (isDim ? 'd' : ' ').repeat(plain.length);
      } else if (sequence?.endsWith('m')) isDim = dimAfter(parameters ?? '', isDim);
    }
    const { length } = withoutBlanksAtEnd(text);
    return { text: text.slice(0, length), dim: dim.slice(0, length) };
  });
  while (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

/** A no-break space stays: one stands behind the sign of an empty box. */
const withoutBlanksAtEnd = (text: string): string => text.replace(/[ \t]+$/, '');

/** A sequence of the terminal (its parameters apart), or text up to the next one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out.
const PIECES = /(\u001b(?:\[([\d;:]*)[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[^[\]]))|([^\u001b]+)/g;

/** SGR: 2 is dim, 22 and 0 end it. The numbers of a colour (38;5;2) are not attributes. */
function dimAfter(parameters: string, before: boolean): boolean {
  const codes = parameters.split(';');
  let isDim = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === '38' || code === '48') at += codes[at + 1] === '5' ? 2 : 4;
    else if (code === '2') isDim = true;
    else if (code === '' || code === '0' || code === '22') isDim = false;
  }
  return isDim;
}
