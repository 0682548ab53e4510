/**
 * Reads what stands on a screen of claude: its prompt box, or the dialog in its place. Says only what is seen, never what a
 * session does: that is decided together with other sources (decide.ts). Pure.
 */
import {
  DIALOG_RULES,
  type Dialog,
  type DialogRule,
  INTERRUPTIBLE,
  STASHED,
  WORKING,
} from '#runner/panes/screen-rules.ts';
import { readLines, type ScreenLine } from '#runner/panes/screen-text.ts';

/** What is in the prompt box. A placeholder is no draft. `shell`: what is typed runs as a command of the shell. */
export interface Box {
  kind: 'box';
  holds: 'nothing' | 'placeholder' | 'draft' | 'shell';
  text: string;
  /** The same row by row, with what it is indented by. */
  rows: readonly string[];
  /** A notice above the box says that a draft was put aside (Ctrl+S). */
  isStashed: boolean;
  /** A line that shows that claude works, and its kind (screen-rules.ts); null: there is none. */
  working: { what: string; line: string } | null;
  /** Help is open below the box. */
  hasHelp: boolean;
}

export type Screen =
  | Box
  /** `text`: the dialog, without what stands above it, where something may blink. */
  | { kind: 'dialog'; dialog: Dialog; line: string; text: string }
  /** Neither is there, as in a shell. */
  | { kind: 'unknown'; line: string };

/** Nobody has typed anything that was not sent. */
export const hasEmptyBox = (screen: Screen): boolean =>
  screen.kind === 'box' && (screen.holds === 'nothing' || screen.holds === 'placeholder');

/** `captured`: with colours, or without, where a placeholder then looks like a draft. */
export function readScreen(captured: string): Screen {
  const lines = readLines(captured);
  return readBox(lines) ?? readDialog(lines) ?? { kind: 'unknown', line: lines.at(-1)?.text.trim() ?? '' };
}

/** A rule from edge to edge; the session's name, or a notice, may stand at its end. */
const isRule = (text: string, sign: '─' | '▔'): boolean =>
  new RegExp(`^${sign}{8,}(?: .+ ${sign})?$`).test(text) && !text.startsWith(' ');

function readBox(lines: readonly ScreenLine[]): Box | null {
  const bottom = lines.findLastIndex(({ text }) => isRule(text, '─'));
  const top = lines.slice(0, Math.max(bottom, 0)).findLastIndex(({ text }) => isRule(text, '─'));
  const inside = lines.slice(top + 1, bottom);
  const below = lines.slice(bottom + 1);
  // A no-break space stands behind the sign of the box, and the lines after the first are indented.
  const sign = /^([❯!])\u00a0/.exec(inside[0]?.text ?? '')?.[1];
  if (top < 0 || sign === undefined || !inside.slice(1).every(({ text }) => text === '' || /^ {2}/.test(text)))
    return null;
  if (!below.every(({ text }) => text === '' || /^ {2}/.test(text)) || isDialogEnd(below)) return null;
  const rows = inside.map(line => line.text.slice(2));
  const text = rows.join('\n').trim();
  const footer = below[0]?.text ?? '';
  return {
    kind: 'box',
    holds: sign === '!' ? 'shell' : text === '' ? 'nothing' : isPlaceholder(inside) ? 'placeholder' : 'draft',
    ...{ text, rows, isStashed: STASHED.test(lines[top - 1]?.text ?? '') },
    working:
      workingAbove(lines.slice(0, top)) ?? (INTERRUPTIBLE.test(footer) ? { what: 'busy', line: footer.trim() } : null),
    hasHelp: below.length > FOOTER_LINES,
  };
}

/** More lines than these below the box are the list of keys. */
const FOOTER_LINES = 3;

/** The detailed transcript has a rule above its last line, too. */
const isDialogEnd = (below: readonly ScreenLine[]): boolean =>
  below.some(({ text }) => DIALOG_RULES.some(({ dialog, end }) => dialog === 'transcript' && end.test(text)));

/** The cursor lies on its first character, which is not dim. */
function isPlaceholder(inside: readonly ScreenLine[]): boolean {
  const { text, dim } = inside[0]!;
  const shown = [...text.slice(3)].map((character, at) => ({ character, isDim: dim[at + 3] === 'd' }));
  const seen = shown.filter(({ character }) => character.trim() !== '');
  return inside.length === 1 && seen.length > 0 && seen.every(({ isDim }) => isDim);
}

/** What the CLI says right above its box, below the last answer. */
function workingAbove(lines: readonly ScreenLine[]): Box['working'] {
  const near = lines.slice(-WORKING_LINES).map(({ text }) => text);
  for (const { what, line } of WORKING) {
    const found = near.find(text => line.test(text));
    if (found !== undefined) return { what, line: found.trim() };
  }
  return null;
}

/** Tips and hints stand between it and the box. */
const WORKING_LINES = 8;

function readDialog(lines: readonly ScreenLine[]): Screen | null {
  const all = lines.map(({ text }) => text);
  // Below a dialog of a session with a name stands a rule that ends with it (2.1.332).
  const texts = /^─{8,} .+ ─$/.test(all.at(-1) ?? '') ? withoutEmptyEnd(all.slice(0, -1)) : all;
  for (const rule of DIALOG_RULES) {
    const found = rule.border.map(sign => fits(rule, sign, texts)).find(seen => seen !== null);
    if (found) return { kind: 'dialog', dialog: rule.dialog, ...found };
  }
  return null;
}

const withoutEmptyEnd = (texts: readonly string[]): readonly string[] =>
  texts.slice(0, texts.findLastIndex(text => text !== '') + 1);

/** The line that shows it, and all of it; null: it does not fit. */
function fits({ lines, end }: DialogRule, sign: '─' | '▔' | null, texts: readonly string[]) {
  const last = texts.at(-1) ?? '';
  const isEnd = end.test(last) || end.test(`${texts.at(-2) ?? ''} ${last.trim()}`);
  if (!isEnd) return null;
  // A dialog may have more rules inside: it begins at one of the last ones.
  const borders = sign === null ? [-1] : texts.flatMap((text, at) => (isRule(text, sign) ? [at] : [])).slice(-2);
  if (sign === null && texts.some(text => isRule(text, '─') || isRule(text, '▔'))) return null;
  for (const border of borders) {
    const found = inOrder(lines, texts.slice(border + 1));
    if (found) return { line: (found[0] ?? last).trim(), text: texts.slice(borders[0]! + 1).join('\n') };
  }
  return null;
}

/** The lines that these patterns find, one after the other; null: one is missing. */
function inOrder(patterns: readonly RegExp[], texts: readonly string[]): string[] | null {
  const found: string[] = [];
  let from = 0;
  for (const pattern of patterns) {
    const at = texts.findIndex((text, index) => index >= from && pattern.test(text));
    if (at < 0) return null;
    found.push(texts[at]!);
    from = at + 1;
  }
  return found;
}
