import { expect, test } from 'vitest';
import { isInside } from '#runner/agents/agent-file.ts';
import { baseOf, createMatcher, createWatchMatcher } from '#runner/agents/glob.ts';

test.each([
  ['src/**/*.ts', ['src/a.ts', 'src/x/y/a.ts'], ['src/a.tsx', 'a.ts', 'lib/src/a.ts']],
  ['*.md', ['a.md', '.hidden.md'], ['x/a.md', 'a.mdx']],
  ['**/notes.txt', ['notes.txt', 'a/b/notes.txt'], ['a/xnotes.txt']],
  ['docs/**', ['docs/a', 'docs/a/b'], ['docs', 'docsx/a']],
  ['{a,b/c}.?s', ['a.ts', 'b/c.js'], ['a.css', 'c.ts']],
  ['./in[1].(x)+', ['in[1].(x)+'], ['in1.x']],
  ['!a@(b|c)^$"\\', ['!a@(b|c)^$"\\'], ['b', 'ab', 'a@b']],
])('%s', (pattern, meant, others) => {
  const isMeant = createMatcher(pattern);
  expect(meant.filter(path => !isMeant(path))).toEqual([]);
  expect(others.filter(isMeant)).toEqual([]);
});

test('what lies outside cwd cannot be named', () => {
  expect(['/etc/*', '~/x', '../x', 'a/../../x'].filter(isInside)).toEqual([]);
  expect(['a/..b', 'a/*', './x'].every(isInside)).toBe(true);
});

test('only the directory above the first wildcard is watched', () => {
  expect(['src/**/*.ts', '*.md', 'a/b/c.txt', 'a/{b,c}/x'].map(baseOf)).toEqual(['src', '', 'a/b', 'a']);
});

test('what comes and goes while a program saves wakes nobody, unless it is named', () => {
  const passing = [
    'a/x~',
    'a/4913',
    'a/.x.swp',
    'a/.#x',
    'a/#x#',
    'a/x.tmp',
    'a/x___jb_tmp___',
    'a/.goutputstream-AB12',
  ];
  const kept = ['a/x', 'a/.env', 'a/Cargo.lock', 'a/.eslintrc', 'a/x.bak'];
  expect(passing.filter(createWatchMatcher('**'))).toEqual([]);
  expect(kept.filter(createWatchMatcher('**'))).toEqual(kept);
  expect(passing.filter(createWatchMatcher('a/*.{md,tmp}'))).toEqual(['a/x.tmp']);
});
