/** Globs of `watch:`, matched against paths below cwd: `*` and `?` within a name, `**` over directories, `{a,b}`. Pure. */
import picomatch from 'picomatch/posix.js';
import { isPassing } from '#blackboard/inbox/never-work.ts';

/** Names that begin with a dot are ordinary ones, and `docs/**` is not `docs` itself. */
const OPTIONS = { dot: true, strictSlashes: true };

/** What else picomatch has a meaning for, as characters that have none: escaped, a row of backslashes keeps 4.0.7 from coming to an end. */
const plain = (text: string): string =>
  text.replace(/[\\()[\]|+!@^$"]/g, char => String.fromCharCode(0xf000 + char.charCodeAt(0)));

/** Whether the pattern matches a path (relative, with `/`). */
export const createMatcher = (pattern: string): ((path: string) => boolean) => {
  const isMeant = picomatch(plain(pattern), OPTIONS);
  return path => isMeant(plain(path));
};

/**
 * The same, but ignores names that come and go while programs save (`x~`, `4913`, `.x.swp`), unless the pattern itself
 * names such files: `*.tmp`.
 */
export const createWatchMatcher = (pattern: string): ((path: string) => boolean) => {
  const isMeant = createMatcher(pattern);
  const takesAll = pattern.split(/[{},]/).some(part => isPassing(nameOf(part)) || isPassing(`x.${part}`));
  return path => isMeant(path) && (takesAll || !isPassing(nameOf(path)));
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The directory that contains everything the pattern can match: what must be watched. '' is cwd. */
export function baseOf(pattern: string): string {
  const parts = pattern.replace(/^\.\//, '').split('/');
  const first = parts.findIndex(part => /[*?{[]/.test(part));
  return parts.slice(0, first < 0 ? parts.length - 1 : first).join('/');
}
