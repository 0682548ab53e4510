// Keys that wake a session, against a pane that behaves as claude's does; what real ones do: test/e2e/wake-session.test.ts.
import { expect, test } from 'vitest';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import type { Tmux } from '#runner/panes/tmux.ts';
import { typeIntoPane } from '#runner/wake/tmux-keys.ts';

const RULE = '─'.repeat(80);
const PEER = { tmux: { socket: `/tmp/keys-${process.pid}`, pane: '%1' }, process: null } as unknown as SessionPeer;

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
  expect(await typeIntoPane(PEER, tmuxAt)).toBe('said');
  expect(keys).toEqual(['[agent-runner] A signal woke this session.', 'Enter']);
});

test.each([
  ['has a draft', { draft: 'mine' }],
  ['takes no keys: it is dead, in copy mode, or its input is off', { takes: () => false }],
])('nothing is typed into a pane that %s', async (_, changes) => {
  const { keys, tmuxAt } = pane(changes);
  expect(await typeIntoPane(PEER, tmuxAt)).toBe('none');
  expect(keys).toEqual([]);
});

test('a pane that takes no Enter was not woken', async () => {
  const { keys, tmuxAt } = pane({ takes: isKey => !isKey });
  expect(await typeIntoPane(PEER, tmuxAt)).toBe('none');
  expect(keys).toHaveLength(1);
});

test('nothing is typed while a command of a person writes to the pane', async () => {
  const { keys, tmuxAt } = pane();
  const release = await lockPane(PEER.tmux!.socket, '%1');
  await expect(typeIntoPane(PEER, tmuxAt)).rejects.toMatchObject({ exit: 75 });
  release();
  expect(keys).toEqual([]);
});

test('a session that is in no pane is not woken by keys', async () => {
  expect(await typeIntoPane({ ...PEER, tmux: null } as SessionPeer, pane().tmuxAt)).toBe('none');
});
