// What may follow a command line, by the declarations of all commands.
import { expect, test } from 'vitest';
import { following } from '#runner/cli/completion/words.ts';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';
import { allDeclarations } from '#runner/cli/registry.ts';

const all = [WHOLE, ...GROUPS, ...(await allDeclarations())];
const after = (...typed: string[]) => {
  const { words, lookup } = following(all, typed);
  return { words: words.map(({ word }) => word), lookup };
};

test('first a command or a group, then a command of the group; nothing is a command of itself', () => {
  expect(after('').words).toEqual(expect.arrayContaining(['send', 'dead', 'hooks']));
  expect(after('').words).not.toContain('show');
  expect(after('dead', '').words).toEqual(expect.arrayContaining(['list', 'show', 'requeue', 'purge']));
  expect(after('dead', 'show', '')).toEqual({ words: [], lookup: 'message' });
});

test('what its arguments may be, whatever options stand before', () => {
  expect(after('edit', '')).toEqual({ words: [], lookup: 'agent' });
  expect(after('--root', '/srv', 'edit', '').lookup).toBe('agent');
  expect(after('logs', '-n', '3', '').lookup).toBe('agent');
  expect(after('-n', '3', 'logs', '').lookup).toBe('agent');
  expect(after('signals', '')).toEqual({ words: ['on', 'off'], lookup: null });
  expect(after('add', '')).toEqual({ words: [], lookup: null });
});

test('options only after a dash: of the command, and those of all but --version', () => {
  expect(after('costs', '-').words).toEqual(['--by', '--trace', '--days', '--json', '--root', '--help']);
  expect(after('-').words).toContain('--version');
  expect(after('logs', '').words).toEqual([]);
});

test('behind an option that takes a value, its values, and nothing where they are unknown', () => {
  expect(after('post', '--kind', '').words).toContain('alert');
  expect(after('add', 'x', '--template', '')).toEqual({ words: [], lookup: 'template' });
  expect(after('add', 'x', '--cwd', '').lookup).toBe('directory');
  expect(after('add', 'x', '--model', '')).toEqual({ words: [], lookup: null });
});
