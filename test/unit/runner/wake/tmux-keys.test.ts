// Keys that wake a session, against a pane that behaves as claude's does; what real ones do: test/e2e/wake-session.test.ts.
import { beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { readText } from '#blackboard/system/files.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import type { Tmux } from '#runner/panes/tmux.ts';
import { typeIntoPane } from '#runner/wake/tmux-keys.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';

const RULE = '─'.repeat(80);
const PEER = {
  id: 's-1',
  tmux: { socket: `/tmp/keys-${process.pid}`, pane: '%1' },
  process: null,
} as unknown as SessionPeer;

let files: MemoryFiles;
beforeEach(() => {
  files = createMemoryFiles();
  files.prepare('/r');
});
/** What logs/panes.jsonl has. */
const logged = async () =>
  ((await readText(files, rootLayout('/r').paneLog, 10_000)) ?? '')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));

/** `draft`: what stands in the box; `takes`: whether keys get to the program. */
function pane({ draft = '', takes = () => true }: { draft?: string; takes?: (key: boolean) => boolean } = {}) {
  let box = draft;
  const keys: string[] = [];
  const state = { isDead: false, inMode: false, inputOff: false };
  const tmuxAt = (socket: string): Tmux => ({
    socket,
    panes: async () => null,
    screens: async () =>
      new Map([['%1', { ...state, captured: `${RULE}\n❯\u00a0${box}\n${RULE}\n  ? for shortcuts\n` }]]),
    async write(_, what) {
      if (!takes('key' in what)) return false;
      keys.push('key' in what ? what.key : what.text);
      box = 'key' in what ? '' : `${box}${what.text}`;
      return true;
    },
  });
  return { keys, tmuxAt };
}

test('a text is pasted into an empty box, and sent once it is seen there', async () => {
  const { keys, tmuxAt } = pane();
  expect(await typeIntoPane(files, '/r', PEER, tmuxAt)).toBe('said');
  expect(keys).toEqual(['[agent-runner] A signal woke this session.', 'Enter']);
  const [begun, ended, ...more] = await logged();
  expect(begun).toMatchObject({ verb: 'wake', pane: '%1', session: 's-1', chars: 42, sha256: expect.any(String) });
  expect([ended, more]).toEqual([{ ...{ at: expect.any(String), id: begun.id }, verb: 'wake', result: 'done' }, []]);
});

test.each([
  ['has a draft', { draft: 'mine' }],
  ['takes no keys: it is dead, in copy mode, or its input is off', { takes: () => false }],
])('nothing is typed into a pane that %s', async (_, changes) => {
  const { keys, tmuxAt } = pane(changes);
  expect(await typeIntoPane(files, '/r', PEER, tmuxAt)).toBe('none');
  expect(keys).toEqual([]);
  expect((await logged()).map(({ result }) => result)).not.toContain('done');
});

test('without its line in the log nothing is typed', async () => {
  const { keys, tmuxAt } = pane();
  files.append = () => Promise.reject(new Error('ENOSPC'));
  await expect(typeIntoPane(files, '/r', PEER, tmuxAt)).rejects.toThrow('ENOSPC');
  expect(keys).toEqual([]);
});

test('a pane that takes no Enter was not woken', async () => {
  const { keys, tmuxAt } = pane({ takes: isKey => !isKey });
  expect(await typeIntoPane(files, '/r', PEER, tmuxAt)).toBe('none');
  expect(keys).toHaveLength(1);
  expect((await logged()).at(-1)).toMatchObject({ result: 'not sent' });
});

test('nothing is typed while a command of a person writes to the pane', async () => {
  const { keys, tmuxAt } = pane();
  const release = await lockPane(PEER.tmux!.socket, '%1');
  await expect(typeIntoPane(files, '/r', PEER, tmuxAt)).rejects.toMatchObject({ exit: 75 });
  release();
  expect(keys).toEqual([]);
});

test('a session that is in no pane is not woken by keys', async () => {
  expect(await typeIntoPane(files, '/r', { ...PEER, tmux: null } as SessionPeer, pane().tmuxAt)).toBe('none');
});
