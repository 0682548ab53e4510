import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgentLoop } from '../../../../runner/loop/agent-loop.ts';
import { createAgentWorld } from '../agent-world.ts';

/** Whole looks of a loop with nothing to do, in five sleeps. */
async function wholeLooks(prepare: (home: string, create: (path: string) => Promise<unknown>) => Promise<unknown>) {
  const { context, files } = await createAgentWorld();
  await prepare(context.layout.inbox.waiters, path => files.create(path, '{}'));
  const drain = new AbortController();
  let nowMs = context.clock.nowMs() + 60_000;
  let sleeps = 0;
  let looks = 0;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms;
      if (++sleeps === 5) drain.abort();
    },
  };
  const loop = createAgentLoop({
    files,
    layout: context.layout,
    open: async () => ({ ...context, clock }),
    hooks: {
      hold: async () => null,
      allowance: async () => 1,
      takeSlot: async () => ({ giveBack: () => {}, waited: false }),
      attend: (_context, _turn, _intent, exited) => exited,
      async awaited() {
        looks++;
        return new Set();
      },
    },
    signals: { drain: drain.signal, stopNow: new AbortController().signal },
    once: false,
    clock,
    onError: error => {
      throw error;
    },
  });
  await loop.run();
  return looks;
}

test('an agent with nothing to do is looked at as a whole once', async () => {
  expect(await wholeLooks(async () => {})).toBe(1);
});

test('while somebody waits for a reply every look is whole: a waiter that dies changes nothing that can be seen', async () => {
  expect(await wholeLooks((waiters, create) => create(join(waiters, 'some-message')))).toBe(5);
});

test.each([
  ['is noticed a second after it came back', true, 5_000],
  ['is looked for once a minute where nobody can ask (control)', false, 60_000],
])('what an agent misses %s', async (_title, canAsk, afterMs) => {
  const { context, files, drop } = await createAgentWorld();
  await drop();
  const drain = new AbortController();
  const beganMs = context.clock.nowMs();
  let nowMs = beganMs;
  const sleep = async (ms: number): Promise<void> => {
    nowMs += ms;
  };
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep };
  const isBack = async () => nowMs - beganMs >= 4_500;
  const looksAt: number[] = [];
  const loop = createAgentLoop({
    files,
    layout: context.layout,
    open: async () => ({ ...context, clock }),
    hooks: {
      async hold() {
        looksAt.push(nowMs - beganMs);
        if (looksAt.length === 2) drain.abort();
        return { reason: 'cwd is away', untilMs: null, passes: false, ...(canAsk ? { isOver: isBack } : {}) };
      },
      allowance: async () => 1,
      takeSlot: async () => null,
      attend: (_context, _turn, _intent, exited) => exited,
      awaited: async () => new Set(),
    },
    signals: { drain: drain.signal, stopNow: new AbortController().signal },
    once: false,
    clock,
    onError: error => {
      throw error;
    },
  });
  await loop.run();
  expect(looksAt).toEqual([0, afterMs]);
});
