// Which options of send and ask belong to which way.
import { expect, test } from 'vitest';
import { goesByTmux, type SendOptions } from '#runner/cli/commands/send.ts';

test('a message goes by its inbox unless somebody says tmux', () => {
  expect(goesByTmux({ wake: true })).toBe(false);
  expect(goesByTmux({ via: 'inbox', wake: false, file: ['a'] })).toBe(false);
  expect(goesByTmux({ via: 'tmux', wake: true, force: true, logText: true, socket: '/s' })).toBe(true);
});

test.each<[string, SendOptions]>([
  ['--file', { file: ['a'] }],
  ['--kind', { kind: 'note' }],
  ['--thread', { thread: 't' }],
  ['--subject', { subject: 's' }],
  ['--priority', { priority: 'high' }],
  ['--budget-usd', { budgetUsd: '1' }],
  ['--id', { id: 'k' }],
  ['--from', { from: 'p' }],
  ['--wait', { wait: '5' }],
  ['--not-before', { notBefore: '+2h' }],
  ['--expires', { expires: '+2h' }],
  ['--no-wake', { wake: false }],
])('%s means nothing to a pane, and is refused with its own name', (flag, options) => {
  expect(goesByTmux({ wake: true, ...options })).toBe(false);
  expect(() => goesByTmux({ wake: true, ...options, via: 'tmux' })).toThrow(
    expect.objectContaining({ exit: 64, message: `${flag} means nothing with --via tmux` }),
  );
});

test.each<[string, SendOptions]>([
  ['--force', { force: true }],
  ['--stash', { stash: true }],
  ['--log-text', { logText: true }],
  ['--socket', { socket: '/s' }],
])('%s is for panes alone', (flag, options) => {
  for (const via of [undefined, 'inbox'])
    expect(() => goesByTmux({ ...(via && { via }), ...options })).toThrow(
      expect.objectContaining({ exit: 64, message: `${flag} is for --via tmux` }),
    );
});

test('another way than these two is none', () => {
  expect(() => goesByTmux({ via: 'pigeon' })).toThrow(
    expect.objectContaining({ exit: 64, message: expect.stringContaining('"pigeon"') }),
  );
});
