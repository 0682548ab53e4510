// A person who types into a pane while others send texts there: words, typos that are taken back, Enter sometimes, half drafts that are
// left. And the check of what became of their words and of the texts, from what the senders were told, what the model got, and what is
// left in the box.
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '#test/support/crash-random.ts';

/** A person's words: none of their letters stands in a text of ours, nor in a typo. */
const LETTERS = 'bcfhjlpqvwx';

export interface TypingPerson {
  /** All words so far that they have not taken back themselves. */
  words: string[];
  /** Types for a moment, as people do: one key after the other. `ends`: with Enter, or with a draft that is left. */
  burst(options: { ends: boolean; erases: boolean }): Promise<void>;
}

/** `press`: one key of tmux, or one character. */
export function typingPerson(chance: Chance, press: (key: string) => void): TypingPerson {
  const words: string[] = [];
  const key = async (name: string) => {
    press(name);
    await pause(chance.between(5, 60));
  };
  const word = async () => {
    const text = Array.from({ length: chance.between(5, 9) }, () => chance.pick([...LETTERS])).join('');
    words.push(text);
    for (const letter of text) await key(letter);
  };
  return {
    words,
    async burst({ ends, erases }) {
      for (let left = chance.between(1, 3); left > 0; left--) {
        await word();
        if (erases && chance.next() < 0.4) {
          for (const letter of 'zz') await key(letter);
          for (let typo = 0; typo < 2; typo++) await key('BSpace');
        }
        await key('Space');
      }
      if (ends) await key('Enter');
    },
  };
}

/** What a sender was told of its text. */
export interface Told {
  text: string;
  /**
   * sent · astray: sent, but the draft is not seen to be back · mixed · refused: no key was pressed · unsent: some key was, and the text
   * was not sent · unproven: nobody knows.
   */
  as: 'sent' | 'astray' | 'mixed' | 'refused' | 'unsent' | 'unproven';
}

/** From the end of the command. */
export function toldBy(text: string, { code, stderr }: { code: number | null; stderr: string }): Told {
  if (code === 0) return { text, as: 'sent' };
  if (code !== 75) throw new Error(`exit ${code}: ${stderr}`);
  const [, as] = WORDS.find(([words]) => words.test(stderr)) ?? [null, 'unproven' as const];
  return { text, as };
}

const WORDS: readonly [RegExp, Told['as']][] = [
  [/^agent-runner: it was sent, but its draft is not seen to be back/, 'astray'],
  [/^agent-runner: mixed:/, 'mixed'],
  [/Enter was not pressed|^agent-runner: Ctrl\+S was pressed/, 'unsent'],
  [/ is refused in the pane |is not put aside/, 'refused'],
];

/**
 * What is wrong: a key of the person that is lost, a draft that was cut and nobody told, a text that is lost, doubled, or not what its
 * sender was told. `prompts`: what the model got, one for each. `left`: what stands in the box, and in the stash.
 */
export function faultsIn(
  told: readonly Told[],
  words: readonly string[],
  { prompts, left }: { prompts: readonly string[]; left: readonly string[] },
): string[] {
  const faults: string[] = [];
  const places = [...prompts, ...left].map(place => place.replace(/\s+/g, ''));
  const all = places.join('');
  for (const letter of LETTERS) {
    const [typed, found] = [countOf(letter, words.join('')), countOf(letter, all)];
    if (typed !== found) faults.push(`the person has typed ${typed} ${letter}, and ${found} are there`);
  }
  const cut = words.filter(word => !places.some(place => place.includes(word)));
  const reports = told.filter(({ as }) => ['astray', 'mixed', 'unsent'].includes(as)).length;
  if (cut.length > reports) faults.push(`words of the person were cut (${cut}), and only ${reports} times it was told`);
  for (const { text, as } of told) {
    const bare = text.replace(/\s+/g, '');
    const mark = /m\d{3}\b/.exec(text)![0];
    const has = places.filter(place => place.includes(mark));
    const exact = prompts.filter(prompt => prompt === text).length;
    const where = JSON.stringify(has);
    if ((as === 'sent' || as === 'astray') && exact !== 1) faults.push(`${mark} was told as sent, and is in ${where}`);
    if (as === 'refused' && has.length > 0) faults.push(`${mark} was refused, and is in ${where}`);
    if (as === 'mixed' && exact > 0) faults.push(`${mark} was told as mixed, and was sent alone`);
    if (as === 'unsent' && exact > 0) faults.push(`${mark} was told as not sent, and was sent`);
    if (as === 'unproven') faults.push(`of ${mark} nobody knows what became: ${where}`);
    if (countOf(bare, all) > 1 || has.length > 1) faults.push(`${mark} is there twice: ${where}`);
  }
  return faults;
}

const countOf = (piece: string, text: string): number => text.split(piece).length - 1;
