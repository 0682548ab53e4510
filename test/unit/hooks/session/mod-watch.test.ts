// What the mod of a session is told by its child, on a disk in memory.
import { expect, test } from 'vitest';
import { raiseCard } from '#blackboard/cards/cards.ts';
import { takeWord } from '#blackboard/cards/press.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { modLives } from '#hooks/session/mod.ts';
import { createModWatch, type ModLine } from '#hooks/session/mod-watch.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const ROOT = '/root';
const ID = '01234567-89ab-7def-8123-456789abcdef';
const peer = { id: ID } as SessionPeer;
const layout = sessionLayout(ROOT, ID);
const { mod } = layout;

async function watched() {
  const files = createMemoryFiles(() => 1_000);
  files.prepare(layout.home, layout.inbox.new, `${ROOT}/cards`);
  const told: ModLine[] = [];
  const watch = createModWatch(
    files,
    ROOT,
    () => 1_000,
    line => told.push(line),
  );
  const put = async (path: string, text: string) => {
    await files.remove(path);
    await files.create(path, text);
  };
  return { files, watch, put, told: () => told.splice(0) };
}

test('it is told whose session it is, and of one that is none of this root nothing more', async () => {
  const it = await watched();
  await it.watch.meets(null);
  await it.watch.look();
  await it.watch.count();
  expect(it.told()).toEqual([{ session: null }]);
  await it.watch.meets(peer);
  expect(it.told()).toEqual([{ session: ID }]);
});

test('each word wakes once; one that has its record, and what is no word of ours, never', async () => {
  const it = await watched();
  await it.watch.meets(peer);
  it.told();
  await it.put(mod.wake, '0123456789abcdef\n');
  await it.watch.look();
  await it.watch.look();
  expect(it.told()).toEqual([{ wake: '0123456789abcdef' }]);
  await it.watch.meets(peer);
  await it.watch.look();
  expect(it.told(), 'another mod may not have heard of it').toEqual([{ session: ID }, { wake: '0123456789abcdef' }]);
  await it.put(mod.submitted('0123456789abcdef'), '{"result":"entered"}');
  await it.watch.meets(peer);
  await it.watch.look();
  expect(it.told()).toEqual([{ session: ID }]);
  for (const text of ['', '0123456789abcde', '0123456789abcdef', '../../../../x\n', '0123456789abcdeG\n']) {
    await it.put(mod.wake, text);
    await it.watch.look();
  }
  expect(it.told()).toEqual([]);
});

test('a pressed button gets a word of its own, once; a button of before gets none', async () => {
  const it = await watched();
  const button = { nonce: 'a'.repeat(32), card: ID, verb: 'deny' } as const;
  await it.watch.meets(peer);
  it.told();
  await it.put(mod.pressed, JSON.stringify(button));
  await it.watch.look();
  await it.watch.look();
  const [line, ...more] = it.told();
  expect(more).toEqual([]);
  expect(line).toMatchObject({ nonce: button.nonce, card: ID });
  const { word } = line as Extract<ModLine, { word: string }>;
  expect(await takeWord(it.files, mod.words, word, button, 1_001)).toBeNull();
  await it.watch.meets(peer);
  await it.watch.look();
  expect(it.told()).toEqual([{ session: ID }]);
});

test('it is told how much waits, when that has changed', async () => {
  const it = await watched();
  await it.watch.meets(peer);
  await it.watch.count();
  await it.watch.count();
  expect(it.told()).toEqual([{ session: ID }, { messages: 0, cards: 0 }]);
  const times = { at: new Date(0).toISOString(), untilAt: new Date(9_000).toISOString() };
  const asked = { kind: 'permission', peer: 'worker', life: '', turn: 1, message: null, tool: 'Bash' } as const;
  await raiseCard(it.files, ROOT, { ...asked, ...times, arguments: {}, reason: null, rules: [], questions: [] });
  await it.watch.count();
  expect(it.told()).toEqual([{ messages: 0, cards: 1 }]);
});

test('a mod lives where its heartbeat is of this session, this process and of late', async () => {
  const it = await watched();
  const process = { pid: 7, startTime: '1', bootId: 'b' };
  const beat = { session: ID, pid: 7, atMs: 1_000_000 };
  await it.files.makeDirectory(mod.home);
  const lives = async (said: object | string, atMs = beat.atMs) => {
    await it.put(mod.alive, typeof said === 'string' ? said : JSON.stringify(said));
    return modLives(it.files, layout, process, atMs);
  };
  expect(await lives(beat)).toBe(true);
  expect(await lives(beat, beat.atMs + limits.modBeatStaleMs)).toBe(false);
  expect(await lives(beat, beat.atMs - limits.modBeatStaleMs), 'the clock was set back').toBe(false);
  for (const wrong of [{ session: 'x' }, { pid: 8 }, { atMs: '1' }])
    expect(await lives({ ...beat, ...wrong })).toBe(false);
  for (const torn of ['', '{"session":"', 'null', '[]']) expect(await lives(torn)).toBe(false);
  expect(await modLives(it.files, layout, null, beat.atMs)).toBe(false);
});
