/** Names of peers. They become directory names, labels in prompts and columns in a terminal. */
import { limits } from '#blackboard/system/limits.ts';

/**
 * Letters of every script, without upper case, with their marks; no invisible characters, and not many marks on one
 * letter.
 */
const NAME = new RegExp(
  String.raw`^(?!.*(?:\p{DI}|\p{M}{4}))[\p{Ll}\p{Lo}\p{Lm}\p{Nd}][\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}-]{0,${limits.peerNameCharsMax - 1}}$`,
  'u',
);
/** Most names, which need no closer look. */
const PLAIN = new RegExp(`^[a-z0-9][a-z0-9-]{0,${limits.peerNameCharsMax - 1}}$`);
/** Scripts whose letters look like Latin ones: not in one word with them. */
const ALIKE =
  /\p{Script=Cyrillic}|\p{Script=Greek}|\p{Script=Armenian}|\p{Script=Cherokee}|\p{Script=Coptic}|\p{Script=Lisu}/u;
const RESERVED = new Set(['operator', 'self', 'all', 'board']);

/** Whether a name stands for several peers: a group of config.yaml. */
export const isGroup = (name: string): boolean => name.startsWith('@');

/** null if the name may be given to an agent, else why not, as the second half of a sentence. */
export function whyNotAName(name: string): string | null {
  if (RESERVED.has(name)) return `"${name}" is reserved`;
  if (PLAIN.test(name)) return null;
  const shown = JSON.stringify(name.slice(0, 60));
  if (!NAME.test(name) || name !== name.normalize('NFC'))
    return `${shown} is not a name: expected 1 to 40 small letters, digits and "-", not beginning with "-"`;
  if (looksLikeAnother(name))
    return `${shown} is not a name: it could be taken for another one, written in plain letters`;
  return null;
}

/** `оperator` with a Cyrillic letter, `ｂoard` with a wide one: a peer's name says who speaks. */
const looksLikeAnother = (name: string): boolean =>
  [...name].some(isCompatible) || name.split('-').some(word => /[a-z]/.test(word) && ALIKE.test(word));

/** Another form of a plain letter or digit. */
const isCompatible = (character: string): boolean =>
  character > '\u007f' && /^[a-z0-9]+$/i.test(character.normalize('NFKC'));

/** A name made of words from elsewhere (a directory, a branch); '' if no part of them may be used. May be reserved. */
export function nameOf(words: readonly string[], charsMax: number): string {
  const joined = words
    .map(word =>
      [...word.normalize('NFC').toLowerCase().normalize('NFC')]
        .map(character => (isCompatible(character) ? character.normalize('NFKC').toLowerCase() : character))
        .join('')
        .replace(/\p{DI}/gu, '')
        .replace(/[^\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}]+/gu, '-')
        .replace(/(^|-)\p{M}+/gu, '$1')
        .replace(/(\p{M}{3})\p{M}+/gu, '$1')
        .replace(/^-+|-+$/g, ''),
    )
    .filter(word => word !== '')
    .join('-');
  return [...joined].slice(0, charsMax).join('').replace(/-+$/, '');
}

/** The known name nearest to what was typed (edit distance at most 3), or null. */
export function nearestName(typed: string, known: readonly string[]): string | null {
  const ranked = known
    .map(name => ({ name, distance: editDistance(typed.slice(0, 60), name) }))
    .filter(({ distance, name }) => distance <= Math.min(3, Math.ceil(name.length / 2)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name ?? null;
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
