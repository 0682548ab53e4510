import { expect, test } from 'vitest';
import { homeDirectory, homeOrNone } from '#blackboard/system/home-directory.ts';

test('HOME, where it is an absolute path', () => expect(homeDirectory({ HOME: '/home/u' })).toBe('/home/u'));

test('an empty HOME is none: never a directory below the current one', () => {
  for (const env of [{}, { HOME: '' }]) expect(homeOrNone(env)).toMatch(/^\//);
});

test('a relative one is told, with what to do', () => {
  expect(() => homeDirectory({ HOME: 'x' })).toThrow(
    expect.objectContaining({ exit: 78, message: 'expected an absolute path in HOME, got "x"' }),
  );
});
