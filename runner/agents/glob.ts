/** Globs of `watch:`, matched against paths below cwd: `*` and `?` within a name, `**` over directories, `{a,b}`. Pure. */
import { isPassing } from '#blackboard/inbox/never-work.ts';

/** A pattern that stays below the directory it starts from. */
export const isInside = (pattern: string): boolean =>
  !pattern.startsWith('/') && !pattern.startsWith('~') && !pattern.split('/').includes('..');

/** Whether a path (relative, with `/`) is meant by the pattern. */
export const createMatcher = (pattern: string): ((path: string) => boolean) => {
  const source = new RegExp(`^${translate(pattern.replace(/^\.\//, ''))}$`, 'u');
  return path => source.test(path);
};

/** The same, but not of what comes and goes while programs save (`x~`, `4913`, `.x.swp`), unless the pattern itself names such files: `*.tmp`. */
export const createWatchMatcher = (pattern: string): ((path: string) => boolean) => {
  const isMeant = createMatcher(pattern);
  const takesAll = pattern.split(/[{},]/).some(part => isPassing(nameOf(part)) || isPassing(`x.${part}`));
  return path => isMeant(path) && (takesAll || !isPassing(nameOf(path)));
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The directory from which everything that a pattern can mean lies below: what must be watched. '' is cwd. */
export function baseOf(pattern: string): string {
  const parts = pattern.replace(/^\.\//, '').split('/');
  const first = parts.findIndex(part => /[*?{[]/.test(part));
  return parts.slice(0, first < 0 ? parts.length - 1 : first).join('/');
}

function translate(pattern: string): string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (pattern.startsWith('**/', at)) {
      source += '(?:[^/]+/)*';
      at += 2;
    } else if (pattern.startsWith('**', at)) {
      source += '.*';
      at += 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '{') {
      depth++;
      source += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      source += ')';
    } else if (char === ',' && depth > 0) source += '|';
    else source += char.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
  }
  return source + ')'.repeat(depth);
}
