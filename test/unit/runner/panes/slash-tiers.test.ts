import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandName, TIERS, tierOf } from '#runner/panes/slash-tiers.ts';

test('docs/panes.md has the same tiers', () => {
  const page = readFileSync('docs/panes.md', 'utf8');
  for (const tier of ['red', 'yellow'] as const)
    expect(page).toContain(`| ${tier} | ${TIERS[tier].map(name => `\`/${name}\``).join(' ')} |`);
});

test.each([
  ['/clear', 'clear'],
  ['/compact keep the names', 'compact'],
  ['/plugin:command x', 'plugin:command'],
  ['/mcp__a__b', 'mcp__a__b'],
  ['clear', null],
  ['/', null],
  ['/a/path of mine', null],
  ['/clear\nmore', null],
  ['/ clear', null],
  ['!ls', null],
  ['hello /clear', null],
])('%j is the command %j', (typed, name) => {
  expect(commandName(typed)).toBe(name);
});

test('what ends a conversation is red under each of its names', () => {
  for (const name of ['clear', 'exit', 'resume', 'reset', 'CLEAR', 'quit']) expect(tierOf(name)).toBe('red');
  expect(tierOf('compact')).toBe('yellow');
  expect(tierOf('context')).toBe('green');
});
