import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgentLoop } from '#runner/fleet/agent-loop.ts';
import type { TurnEffects } from '#runner/turn/turn.ts';
import { type AgentWorld, createAgentWorld } from '#test/unit/runner/agent-world.ts';

/** A loop with nothing to do for five sleeps: how often it looked at everything, and when it woke, from its start on. */
async function idleLoop(
  prepare: (world: AgentWorld, startMs: number) => Promise<unknown>,
  hooks: Partial<TurnEffects> = {},
): Promise<{ looks: number; wokeMs: number[] }> {
  const world = await createAgentWorld();
  const { context, files } = world;
  await prepare(world, context.clock.nowMs() + 60_000);
  const drain = new AbortController();
  let nowMs = context.clock.nowMs() + 60_000;
  const startMs = nowMs;
  const wokeMs: number[] = [];
  let looks = 0;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms;
      wokeMs.push(nowMs - startMs);
      if (wokeMs.length === 5) drain.abort();
    },
  };
  const loop = createAgentLoop({
    files,
    layout: context.layout,
    open: async () => ({ ...context, clock }),
    hooks: {
      hold: async () => null,
      allowance: async () => ({ turnUsd: 1, dayUsd: 100 }),
      takeSlot: async () => ({ giveBack: () => {}, waited: false }),
      attend: async (_context, _turn, _intent, run) => void (await run.over),
      async awaited() {
        looks++;
        return new Set();
      },
      ...hooks,
    },
    signals: { drain: drain.signal, stopNow: new AbortController().signal },
    once: false,
    clock,
    onError: error => {
      throw error;
    },
  });
  await loop.run();
  return { looks, wokeMs };
}

test('an agent with nothing to do is looked at as a whole once', async () => {
  expect((await idleLoop(async () => {})).looks).toBe(1);
});

test('while somebody waits for a reply every look is whole: a waiter that dies changes nothing that can be seen', async () => {
  const waited = ({ context, files }: AgentWorld) =>
    files.create(join(context.layout.inbox.waiters, 'some-message'), '{}');
  expect((await idleLoop(waited)).looks).toBe(5);
});

const after = (startMs: number, ms: number): string => new Date(startMs + ms).toISOString();

test('an idle agent wakes for each message for later when it is due, and needs no event for it', async () => {
  const { wokeMs } = await idleLoop(async ({ drop }, startMs) => {
    await drop({ kind: 'note', notBefore: after(startMs, 3_000) });
    await drop({ kind: 'note', notBefore: after(startMs, 70_000) });
  });
  expect(wokeMs).toEqual([3_000, 70_000, 370_000, 670_000, 970_000]);
});

test('it wakes, too, when what waits and starts no turn expires', async () => {
  const { wokeMs } = await idleLoop(async ({ drop }, startMs) => {
    await drop({ kind: 'note', expiresAt: after(startMs, 7_000) });
    await drop({ kind: 'note', expiresAt: after(startMs, 2_000) });
  });
  expect(wokeMs.slice(0, 3)).toEqual([2_000, 7_000, 307_000]);
});

test('so does one whose turns are held: what is due or expires in the meantime waits for no other look', async () => {
  const held = { hold: async () => ({ reason: 'paused', untilMs: null, passes: false }) };
  const { wokeMs } = await idleLoop(async ({ drop }, startMs) => {
    await drop({ expiresAt: after(startMs, 7_000) });
    await drop({ notBefore: after(startMs, 9_000) });
  }, held);
  expect(wokeMs.slice(0, 3)).toEqual([7_000, 9_000, 69_000]);
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
      allowance: async () => ({ turnUsd: 1, dayUsd: 100 }),
      takeSlot: async () => null,
      attend: async (_context, _turn, _intent, run) => void (await run.over),
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

test('a fault of each turn before it starts is a fault all the same: turns that never start come further and further apart', async () => {
  const world = await createAgentWorld();
  const { context, files } = world;
  await world.drop();
  const drain = new AbortController();
  const waits: number[] = [];
  const clock = {
    ...context.clock,
    async sleep(ms: number) {
      waits.push(ms);
      if (waits.length === 6) drain.abort();
    },
  };
  let faults = 0;
  const loop = createAgentLoop({
    files,
    layout: context.layout,
    open: async () => ({ ...context, clock }),
    hooks: {
      hold: async () => null,
      // The turn is elected by now.
      async allowance() {
        throw Object.assign(new Error('EACCES: scandir board'), { code: 'EACCES' });
      },
      takeSlot: async () => ({ giveBack: () => {}, waited: false }),
      attend: async (_context, _turn, _intent, run) => void (await run.over),
      awaited: async () => new Set<string>(),
    },
    signals: { drain: drain.signal, stopNow: new AbortController().signal },
    once: false,
    clock,
    onError: () => {
      // A loop that never waits would not end.
      if (++faults > 20) drain.abort();
    },
  });
  await loop.run();
  expect(faults).toBeGreaterThan(1);
  expect(waits.at(-1)).toBeGreaterThan(waits[0]!);
});
