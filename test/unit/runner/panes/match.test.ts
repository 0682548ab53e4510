import { expect, test } from 'vitest';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { matchPanes, type OpenWithLine } from '#runner/panes/match.ts';
import { readPane, readScreens, type TmuxPane } from '#runner/panes/tmux.ts';

const SOCKET = '/tmp/tmux';
const pane = (id: string, pid: number): TmuxPane => ({
  ...{ id, address: `work:0.${id.slice(1)}`, pid, aliases: [], command: 'zsh' },
  ...{ isDead: false, inMode: false, inputOff: false },
});
const open = (sessionId: string, line: number[], changes: Partial<OpenWithLine> = {}): OpenWithLine => ({
  ...{ sessionId, pid: line[0] ?? 1, line, isStopped: false, configDir: '/c', startTime: '1', name: null, kind: null },
  ...{ entrypoint: 'cli', status: 'idle', waitingFor: null, statusSinceMs: 1, cwd: null, pane: null, version: null },
  ...changes,
});
const peer = (id: string, inPane: string, startedAt = '2026-11-30T10:00:00Z', socket = SOCKET) =>
  ({ id, name: id, tmux: { socket, pane: inPane }, process: null, startedAt }) as SessionPeer;
const match = (panes: TmuxPane[], sessions: OpenWithLine[], peers: SessionPeer[] = [], alive: string[] = []) =>
  matchPanes(panes, sessions, peers, { socket: SOCKET, isAlive: ({ id }) => alive.includes(id) }).map(each => ({
    ...{ pane: each.pane.id, open: each.open?.sessionId ?? null },
    ...{ peer: each.peer?.id ?? null, lost: each.lost?.id ?? null },
  }));

test('a session is in the pane whose first process is above it, whatever shells stand in between', () => {
  const found = match([pane('%1', 10), pane('%2', 20)], [open('a', [12, 11, 10, 1]), open('b', [20, 1])]);
  expect(found).toMatchObject([{ open: 'a' }, { open: 'b' }]);
});

test('our hooks and the registry name one session by one id', () => {
  expect(match([pane('%1', 10)], [open('a', [11, 10])], [peer('a', '%1')])).toEqual([
    { pane: '%1', open: 'a', peer: 'a', lost: null },
  ]);
});

test('a pane that changed hands belongs to who is in it now', () => {
  const found = match([pane('%1', 10)], [open('new', [11, 10])], [peer('old', '%1'), peer('new', '%9')]);
  expect(found).toEqual([{ pane: '%1', open: 'new', peer: 'new', lost: null }]);
});

test('a session of which only the hooks know is in its pane while its process lives, and lost after that', () => {
  const peers = [peer('old', '%1', '2026-11-30T09:00:00Z'), peer('last', '%1')];
  expect(match([pane('%1', 10)], [], peers, ['last'])).toMatchObject([{ open: null, peer: 'last', lost: null }]);
  expect(match([pane('%1', 10)], [], peers)).toMatchObject([{ open: null, peer: null, lost: 'last' }]);
});

test('a pane of the same number on another server is another pane', () => {
  expect(match([pane('%1', 10)], [], [peer('a', '%1', undefined, '/tmp/other')], ['a'])).toMatchObject([
    { peer: null },
  ]);
});

test('a claude that another claude started has no terminal; nor has one without a person', () => {
  const found = match([pane('%1', 10)], [open('outer', [11, 10]), open('inner', [13, 12, 11, 10])]);
  expect(found).toMatchObject([{ open: 'outer' }]);
  expect(match([pane('%1', 10)], [open('a', [11, 10], { entrypoint: 'sdk-cli' })])).toMatchObject([{ open: null }]);
});

test('of two in one pane it is the one that is not suspended; of two that both run, nobody knows', () => {
  const first = open('first', [11, 10], { isStopped: true });
  const second = open('second', [12, 10]);
  expect(match([pane('%1', 10)], [first, second])).toMatchObject([{ open: 'second' }]);
  expect(match([pane('%1', 10)], [first])).toMatchObject([{ open: 'first' }]);
  expect(match([pane('%1', 10)], [{ ...first, isStopped: false }, second])).toMatchObject([{ open: null }]);
});

test('the pane that the registry names must be the one that the processes name', () => {
  expect(match([pane('%1', 10)], [open('a', [11, 10], { pane: '%2' })])).toMatchObject([{ open: null }]);
  // Where the process table cannot be read, the registry is believed.
  expect(match([pane('%1', 10), pane('%2', 20)], [open('a', [], { pane: '%2' })])).toMatchObject([
    { open: null },
    { open: 'a' },
  ]);
});

test('a line of tmux is read, whatever the names in it are', () => {
  expect(readPane('3.3a %7 0 0 0 4711 1.0 my work:tmux: client')).toEqual({
    ...{ id: '%7', address: 'my work:1.0', pid: 4711, aliases: [], command: 'tmux: client' },
    ...{ isDead: false, inMode: false, inputOff: false },
  });
  expect(readPane('3.3a %7 1 1 1 4711 1.0 w:')).toMatchObject({ isDead: true, inMode: true, inputOff: true });
  expect(readPane('no line of ours')).toBeNull();
});

test('a screen that repeats what stands between screens is no other screen; a pane that is gone has none', () => {
  const printed = 'MARK %1 0 0 0\nhello\n%2 0 0 0\nMARK 0 0 0\nMARK %3 0 1 0\nlast\n';
  const found = readScreens(printed, 'MARK');
  expect([...found.keys()]).toEqual(['%1', '%3']);
  expect(found.get('%1')).toMatchObject({ captured: 'hello\n%2 0 0 0\n' });
  expect(found.get('%3')).toMatchObject({ captured: 'last\n', inMode: true });
});
