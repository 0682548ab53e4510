import { expect, test } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readHistory } from '#runner/status/message-history.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const ROOT = '/root';
const layout = agentLayout(ROOT, 'a');
const id = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const name = (flags = '') => `0000000001000-${id}${flags}`;

/** Turns 1 to 900, a second apart; those with a name had the message under it. `sealed`: no child was started. */
async function disk(
  had: Record<number, { name: string; sealed?: true }>,
  at: (number: number) => number = number => number * 1_000,
) {
  let nowMs = 0;
  const memory = createMemoryFiles(() => nowMs);
  memory.prepare(layout.turns);
  await makeInbox(memory, layout.inbox);
  for (let number = 1; number <= 900; number++) {
    nowMs = at(number);
    const turn = turnLayout(layout.turns, number);
    const entry = had[number];
    const messages = entry ? [{ id, name: entry.name, mode: 'body', rider: false }] : [];
    memory.prepare(turn.home);
    await memory.create(turn.intent, JSON.stringify({ at: new Date(nowMs).toISOString(), sessionId: 's', messages }));
    await memory.create(turn.child, entry?.sealed ? 'sealed\n' : `${number} 7 boot\n`);
    await memory.create(turn.closed, '');
  }
  let intents = 0;
  const files: Files = {
    ...memory,
    read: async (path, options) => {
      if (path.endsWith('/intent')) intents++;
      return memory.read(path, options);
    },
  };
  return { files, intents: () => intents };
}

const known = { id, peer: 'a', inbox: layout.inbox };
const at = new Date(800_000).toISOString();

test('a message’s turns are found by what became of it and under which names it was claimed, and no other intent is read', async () => {
  const { files, intents } = await disk({ 700: { name: name() }, 800: { name: name(',t700,f1') } });
  await files.create(`${layout.inbox.outcomes}/${id}`, JSON.stringify({ id, outcome: 'replied', at, turn: 800 }));
  const { turns } = await readHistory(files, ROOT, known);
  expect(turns.map(({ number }) => number)).toEqual([700, 800]);
  expect(intents()).toBe(2);
});

test('a turn that never started gave it back under the same name, and is found among those that ran while it waited', async () => {
  const { files, intents } = await disk({ 650: { name: name(), sealed: true }, 800: { name: name() } });
  await files.create(`${layout.inbox.outcomes}/${id}`, JSON.stringify({ id, outcome: 'replied', at, turn: 800 }));
  expect((await readHistory(files, ROOT, known)).turns.map(({ number }) => number)).toEqual([650, 800]);
  expect(intents()).toBe(2);
});

test('a message that waits knows its last turn, and what another made of it says nothing of its turns', async () => {
  const waiting = await disk({ 40: { name: name(), sealed: true }, 700: { name: name() } });
  await waiting.files.create(`${layout.inbox.new}/${name(',t700')}`, 'no message');
  expect((await readHistory(waiting.files, ROOT, known)).turns.map(({ number }) => number)).toEqual([40, 700]);
  const cancelled = await disk({ 700: { name: name() } });
  await cancelled.files.create(`${layout.inbox.outcomes}/${id}`, JSON.stringify({ id, outcome: 'dead', at }));
  expect((await readHistory(cancelled.files, ROOT, known)).turns.map(({ number }) => number)).toEqual([700]);
});

test('a turn that never started is found behind hundreds of turns from after the clock was set back', async () => {
  const setBack = (number: number) => (number > 650 ? number - 650 : number) * 1_000 + 1_000_000;
  const { files } = await disk({ 650: { name: name(), sealed: true }, 880: { name: name() } }, setBack);
  await files.create(`${layout.inbox.new}/${name(',t880').replace('0000000001000', '0000001640000')}`, 'no message');
  expect((await readHistory(files, ROOT, known)).turns.map(({ number }) => number)).toEqual([650, 880]);
});

test('turns of a resident began when their intents say, and not when its process started', async () => {
  const { files } = await disk({ 650: { name: name(), sealed: true }, 890: { name: name() } });
  for (let number = 660; number <= 900; number++) {
    await files.remove(turnLayout(layout.turns, number).child);
    await files.link(turnLayout(layout.turns, 2).child, turnLayout(layout.turns, number).child);
  }
  await files.create(`${layout.inbox.new}/${name(',t890').replace('0000000001000', '0000000640000')}`, 'no message');
  expect((await readHistory(files, ROOT, known)).turns.map(({ number }) => number)).toEqual([650, 890]);
});

test('turns that are cleared away may have had it, where the oldest there is began after it', async () => {
  const { files } = await disk({ 800: { name: name() } });
  await files.create(`${layout.inbox.outcomes}/${id}`, JSON.stringify({ id, outcome: 'replied', at, turn: 800 }));
  expect((await readHistory(files, ROOT, known)).clearedBefore).toBeNull();
  for (let number = 1; number <= 700; number++)
    for (const path of [
      ...'intent child closed'.split(' ').map(each => `${turnLayout(layout.turns, number).home}/${each}`),
    ])
      await files.remove(path);
  for (let number = 1; number <= 700; number++) await files.remove(turnLayout(layout.turns, number).home);
  expect((await readHistory(files, ROOT, known)).clearedBefore).toBe(701);
});
