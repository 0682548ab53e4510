// Globs of claims mean what picomatch says, and two of them collide wherever a path could be meant by both.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkGlob, overlaps, patternBelow, plainPath, splitGlob } from '#blackboard/claims/pattern.ts';
import { createMatcher } from '#runner/agents/glob.ts';

const ROOT = '/w';
const means = (glob: string, path: string): boolean =>
  patternBelow(ROOT, glob).some(pattern => overlaps(pattern, plainPath(`${ROOT}/${path}`)));
const collide = (one: string, other: string): boolean =>
  patternBelow(ROOT, one).some(a => patternBelow(ROOT, other).some(b => overlaps(a, b)));

// (An emoji is one character here and two for picomatch.)
const aName = fc.array(fc.constantFrom('a', 'b', '.', '-', '[', '(', '+', 'é'), { minLength: 1, maxLength: 4 });
const aPath = fc
  .array(
    aName.map(chars => chars.join('')).filter(name => !/^\.+$/.test(name)),
    { minLength: 1, maxLength: 4 },
  )
  .map(names => names.join('/'));
const aGlobName = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('**', '*', '?', 'a*', '*b', '{a,b}', '{a,b*}c', '*.a', 'a?b') },
  aName.map(chars => chars.join('')).filter(name => !/^\.+$/.test(name)),
);
const aGlob = fc
  .array(aGlobName, { minLength: 1, maxLength: 4 })
  .map(names => names.join('/'))
  // Two in a row mean one.
  .filter(glob => !glob.includes('**/**') && /[*?{]/.test(glob));

test('a glob means the paths that picomatch says it means', () => {
  fc.assert(
    fc.property(aGlob, aPath, (glob, path) => {
      expect(means(glob, path), `${glob} ${path}`).toBe(createMatcher(glob)(path));
    }),
    { numRuns: 3_000 },
  );
});

test('two globs that mean one path collide, whichever is asked first', () => {
  fc.assert(
    fc.property(aGlob, aGlob, aPath, (one, other, path) => {
      expect(collide(one, other)).toBe(collide(other, one));
      if (means(one, path) && means(other, path)) expect(collide(one, other), `${one} ${other} ${path}`).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['src/**', 'docs/**', false],
  ['src/**/*.ts', 'src/**/*.md', false],
  ['src/a*', 'src/*b', true],
  ['src/*.ts', 'src/a/*.ts', false],
  ['src/**/a.ts', '**/b/*.ts', true],
  ['{src,docs}/*', 'docs/**', true],
  ['a?', 'a', false],
  ['**', 'any/thing', true],
  ['src/**', 'src', false],
])('%s and %s: %s', (one, other, isCollision) => {
  expect(collide(one, other)).toBe(isCollision);
});

test('a file means only itself, and a star in the name of a real directory is a star', () => {
  const [file] = patternBelow('/w/src', null);
  expect(['/w/src', '/w/src/a', '/w/srcs', '/w'].map(path => overlaps(file!, plainPath(path)))).toEqual([
    ...[true, false, false, false],
  ]);
  const [starred] = patternBelow('/w/a*', '*.ts');
  expect(['/w/a*/x.ts', '/w/ab/x.ts'].map(path => overlaps(starred!, plainPath(path)))).toEqual([true, false]);
});

test('a path is split in front of its first glob', () => {
  expect(splitGlob('src/a')).toEqual({ base: 'src/a', glob: null });
  expect(splitGlob('src/*/b')).toEqual({ base: 'src', glob: '*/b' });
  expect(splitGlob('*.ts')).toEqual({ base: '.', glob: '*.ts' });
  expect(splitGlob('/*.ts')).toEqual({ base: '/', glob: '*.ts' });
});

test('globs that lead upwards, or make too many of themselves, are refused', () => {
  expect(() => checkGlob('*/../a')).toThrow('behind the first *');
  expect(() => checkGlob('{a,b}'.repeat(12))).toThrow('alternatives');
  checkGlob('{a,b}/{c,d}/**');
});

test('a glob of many stars is answered in steps that can be counted', () => {
  expect(means(`${'*a'.repeat(100)}b`, 'a'.repeat(4000))).toBe(false);
  expect(means(`${'**/'.repeat(60)}b`, 'a/'.repeat(1000))).toBe(false);
});
