/**
 * Paths and globs of claims: `*` and `?` within a name, `**` over directories, `{a,b}`; every other character is itself. One question
 * answers both: whether a glob means a file, and whether two globs may mean the same file. In time that grows with the product of
 * the two lengths: a peer's glob must not hold up an edit. Pure.
 */
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Any number of characters of a name, or of directories. */
const MANY = -1;
/** One character. */
const ONE = -2;

/** The characters of a name; MANY in place of a name: any number of names. */
type Name = readonly number[] | typeof MANY;
export type Pattern = readonly Name[];

const namesOf = (path: string): string[] => path.split('/').filter(name => name !== '');
const plain = (name: string): number[] => [...name].map(char => char.codePointAt(0)!);

/** One file. `path` is absolute. */
export const plainPath = (path: string): Pattern => namesOf(path).map(plain);

/** What a claim means: `base`, or what the glob means below it; a pattern for each of its alternatives. */
export function patternBelow(base: string, glob: string | null): Pattern[] {
  if (glob === null) return [plainPath(base)];
  return alternatives(glob).map(each => [...plainPath(base), ...globNames(namesOf(each))]);
}

const isGlob = (name: string): boolean => /[*?{]/.test(name);

/** The part of a path in front of its first name that is a glob, and the rest; null: there is none. */
export function splitGlob(path: string): { base: string; glob: string | null } {
  const names = path.split('/');
  const first = names.findIndex(isGlob);
  if (first < 0) return { base: path, glob: null };
  return {
    base: names.slice(0, first).join('/') || (path.startsWith('/') ? '/' : '.'),
    glob: names.slice(first).join('/'),
  };
}

/** Throws 64 for a glob with too many alternatives, or one that leads upwards. */
export function checkGlob(glob: string): void {
  for (const each of alternatives(glob))
    if (namesOf(each).some(name => name === '..' || name === '.') || namesOf(each).length === 0)
      throw usageError(
        `expected no "." or ".." behind the first * of a path, got ${JSON.stringify(glob.slice(0, 60))}`,
      );
}

/** `docs/**` does not mean `docs` itself, as everywhere. */
function globNames(names: readonly string[]): Name[] {
  const found = names.map((name): Name => (name === '**' ? MANY : wild(name)));
  return found.at(-1) === MANY ? [...found, [ONE, MANY]] : found;
}

const wild = (name: string): number[] =>
  [...name].map(char => (char === '*' ? MANY : char === '?' ? ONE : char.codePointAt(0)!));

/** Each way through the braces; a brace without its other half, or without a comma, is an ordinary character. */
function alternatives(glob: string): string[] {
  const done: string[] = [];
  const open = [glob];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [, before, inside, after] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(next) ?? [];
    if (inside === undefined) done.push(next);
    else open.push(...inside.split(',').map(each => `${before}${each}${after}`));
    if (done.length + open.length > limits.claimAlternativesMax)
      throw usageError(`expected a glob with at most ${limits.claimAlternativesMax} alternatives in braces`);
  }
  return done;
}

/** Whether there is a path that both mean. */
export const overlaps = (one: Pattern, other: Pattern): boolean =>
  meets<readonly number[]>(one, other, (a, b) => meets<number>(a, b, (x, y) => x === y || x === ONE || y === ONE));

/** Whether two rows, in which MANY stands for any number of items, can be the same row. */
function meets<Item>(
  one: readonly (Item | typeof MANY)[],
  other: readonly (Item | typeof MANY)[],
  isSame: (a: Item, b: Item) => boolean,
): boolean {
  // reached[j]: what the one begins with, up to here, can be the first j items of the other.
  let reached = [true];
  for (const against of other) reached.push(against === MANY && reached.at(-1)!);
  for (const item of one) {
    const next = [item === MANY && reached[0]!];
    for (const [j, against] of other.entries())
      next.push(
        item === MANY || against === MANY
          ? reached[j + 1]! || next[j]!
          : reached[j]! && isSame(item as Item, against as Item),
      );
    reached = next;
  }
  return reached.at(-1)!;
}
