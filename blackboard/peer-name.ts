/** Names of peers. They become directory names, labels in prompts and columns in a terminal. */
import { limits } from './limits.ts';

const NAME = new RegExp(`^[a-z0-9][a-z0-9-]{0,${limits.peerNameCharsMax - 1}}$`);
const RESERVED = new Set(['operator', 'self', 'all', 'board']);

/** null if the name may be given to an agent, else why not, as the second half of a sentence. */
export function whyNotAName(name: string): string | null {
  if (RESERVED.has(name)) return `"${name}" is reserved`;
  if (!NAME.test(name))
    return `"${name.slice(0, 60)}" is not a name: expected 1 to 40 of a-z, 0-9 and "-", not beginning with "-"`;
  return null;
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
