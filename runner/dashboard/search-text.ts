/**
 * Texts as FTS5 of SQLite finds them. Its tokenizer takes a run of Chinese, Japanese or Korean characters for one word: each of them is
 * set apart by a character that nobody sees, which is taken out of what is shown. Pure.
 */
const APART = '\u200b';
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

export const searchable = (text: string): string =>
  text.replaceAll(APART, '').replace(WITHOUT_SPACES, `${APART}$&${APART}`);

/** What a person types, as MATCH takes it: all of its words, the last one also as a beginning; "words in quotes" one after the other. null: there is no word in it. */
export function matchOf(typed: string): string | null {
  const terms = [...typed.matchAll(/"([^"]*)"|[^\s"]+/g)].map(([whole, quoted]) => quoted ?? whole);
  const known = terms.filter(term => /[\p{L}\p{N}]/u.test(term)).map(term => `"${searchable(term)}"`);
  if (known.length === 0) return null;
  return `${known.join(' ')}${/["\s]$/.test(typed) ? '' : '*'}`;
}

/** Marks of snippet(): control characters, which no text of ours contains. */
export const HIT_BEGINS = '\u0002';
export const HIT_ENDS = '\u0003';

/** A piece of a text with its hits, as parts that are shown one after the other. */
export const partsOf = (snippet: string): { text: string; isHit: boolean }[] =>
  snippet
    .replaceAll(APART, '')
    .split(new RegExp(`${HIT_BEGINS}([^${HIT_ENDS}]*)${HIT_ENDS}`))
    .map((text, at) => ({ text, isHit: at % 2 === 1 }))
    .filter(({ text }) => text !== '');
