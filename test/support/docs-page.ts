// A page of docs/ as something to run: its shell blocks in order, as one bash session, and what the page says they print.
// ```sh        run in order; must exit 0          ```sh fails       must not exit 0
// ```sh background   goes on while the page does  ```sh systemd     only where there is a systemd of the user's
// ```text      what the block before it prints: each line in this order, others between; "…" stands for anything
import { readFileSync } from 'node:fs';

export interface Block {
  command: string;
  mode: '' | 'fails' | 'background' | 'systemd';
  /** The page's line, for messages. */
  line: number;
  expected: string[];
}

const FENCE = /^```(\w+)?(?: (\w+))?\n([\s\S]*?)^```$/gm;

export function readPage(path: string): Block[] {
  const text = readFileSync(path, 'utf8');
  const blocks: Block[] = [];
  for (const match of text.matchAll(FENCE)) {
    const [, language, mode = '', body] = match;
    const line = text.slice(0, match.index).split('\n').length;
    if (language === 'sh') blocks.push({ command: body!, mode: mode as Block['mode'], line, expected: [] });
    else if (language === 'text') blocks.at(-1)!.expected.push(...body!.trimEnd().split('\n'));
    else if (language !== 'yaml') throw new Error(`${path}:${line}: expected sh, text or yaml, got ${language}`);
  }
  return blocks;
}

/** The text of the page's blocks in that language. */
export const blocksOf = (path: string, language: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(FENCE)].filter(match => match[1] === language).map(match => match[3]!);

const MARK = '\u0001block ';

/** One script for all of them. What is in the background is ended with it. */
export function pageScript(blocks: readonly Block[]): string {
  const parts = blocks.map(({ command, mode }, at) => {
    const begin = `echo "${MARK}${at}"\n`;
    if (mode === 'background') return `${begin}(\n${command}) > /dev/null 2>&1 &\n`;
    if (mode === 'fails') return `${begin}if (\n${command}); then echo "expected this to fail"; exit 99; fi\n`;
    return `${begin}${command}`;
  });
  return `exec 2>&1\nset -eu\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n${parts.join('')}echo "${MARK}end"\n`;
}

/** What is missing in the output: `line 12: expected "…", in: …`, each once. */
export function missingLines(blocks: readonly Block[], output: string): string[] {
  const said = output
    .split(MARK)
    .slice(1)
    .map(part => part.slice(part.indexOf('\n') + 1));
  return blocks.flatMap(({ expected, line }, at) => {
    const lines = (said[at] ?? '').split('\n');
    let from = 0;
    return expected.flatMap(wanted => {
      const pattern = new RegExp(`^${wanted.split('…').map(escaped).join('.*')}$`);
      const found = lines.findIndex((each, index) => index >= from && pattern.test(each));
      if (found < 0) return [`line ${line}: expected ${JSON.stringify(wanted)} in:\n${lines.join('\n')}`];
      from = found + 1;
      return [];
    });
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
