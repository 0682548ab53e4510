import { describe, expect, test } from 'vitest';
import { formatPlace, isOutOfSight, placeText, processName } from '#blackboard/system/process-place.ts';

const HOST = '4026531836';
const at = (bootId: string, place?: string) => ({ bootId, place });
const laptop = formatPlace(HOST, 'id-of-a-laptop', 'laptop');
const container = formatPlace('4026532101', 'id-of-a-laptop', '1f0c');
const bare = (namespace: string, name: string) => formatPlace(namespace, '', name);

describe('what is out of sight', () => {
  test.each([
    ['the same place', at('a', laptop), at('a', laptop), false],
    ['a container, from its host', at('a', container), at('a', laptop), true],
    ['the host, from a container', at('a', laptop), at('a', container), true],
    ['two containers of one image', at('a', bare('1', 'x')), at('a', bare('2', 'x')), true],
    ['this machine under another name', at('a', formatPlace(HOST, 'id-of-a-laptop', 'cafe')), at('a', laptop), false],
    ['this machine before it was started again', at('b', laptop), at('a', laptop), false],
    ['the same, under another name then', at('b', formatPlace(HOST, 'id-of-a-laptop', 'cafe')), at('a', laptop), false],
    [
      'a container of that name before a reboot, whose namespace had another number',
      at('b', bare('1', 'x')),
      at('a', bare('2', 'x')),
      false,
    ],
    ['another machine', at('b', formatPlace(HOST, 'id-of-a-server', 'laptop')), at('a', laptop), true],
    [
      'a container of another name without a machine-id, under another boot',
      at('b', bare('1', 'x')),
      at('a', bare('1', 'y')),
      true,
    ],
    ['what was written before there was a place', at('b'), at('a', laptop), false],
    ['what was written with one, where there is none', at('b', laptop), at('a'), false],
    ['a place in words that are not known here', at('b', 'elsewhere'), at('a', laptop), false],
  ])('%s', (_what, there, here, expected) => {
    expect(isOutOfSight(there, here)).toBe(expected);
  });
});

test('a place is one word without commas and slashes, whatever the machine is called', () => {
  for (const name of ['', 'a b', 'a,b/c', 'ü\n', 'x'.repeat(300)])
    expect(formatPlace('1', 'id', name)).toMatch(/^1@[0-9a-f]{8}-[A-Za-z0-9.-]{0,40}$/);
});

test('people are told the name of the machine or container, and files are named by the namespace', () => {
  expect(placeText(container)).toBe('another container or host (1f0c)');
  expect(placeText(bare('1', ''))).toBe('another container or host');
  const names = [container, laptop, undefined].map(place => processName({ pid: 7, place }));
  expect(names).toEqual(['7-4026532101', '7', '7']);
});
