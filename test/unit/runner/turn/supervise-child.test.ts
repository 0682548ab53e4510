// What stops a run, and when: with a run that only writes down that it was interrupted.
import { expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { readStop } from '#blackboard/turns/turns.ts';
import type { ChildExit, Run } from '#runner/claude/port.ts';
import { superviseOrphan, superviseTurn } from '#runner/turn/supervise-child.ts';
import { settled } from '#test/unit/fake-clock.ts';
import { type AgentWorld, CHILD, createAgentWorld } from '#test/unit/runner/agent-world.ts';

/** A run that is over when it is interrupted; `refusals`: as often, that cannot be done yet. */
function createRun(world: AgentWorld, refusals = 0) {
  /** Whether a reason was on disk, each time it was to be interrupted. */
  const interruptions: (string | null)[] = [];
  let end: (exit: ChildExit | null) => void = () => {};
  const over = new Promise<ChildExit | null>(resolve => {
    end = resolve;
  });
  const begun = world.begin(1);
  const run: Run = {
    identity: CHILD,
    over,
    async interrupt() {
      interruptions.push((await readStop(world.files, (await begun).turn))?.reason ?? null);
      if (interruptions.length <= refusals) throw new Error('not yet');
      end(null);
    },
  };
  return { run, begun, interruptions, end: () => end({ code: 0, signal: null }) };
}

/** The same world on a disk that takes no stop record, until it is mended. */
function withFullDisk(world: AgentWorld) {
  let isFull = true;
  const files: typeof world.files = {
    ...world.files,
    async link(from, to) {
      if (isFull && to.endsWith('/stop')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return world.files.link(from, to);
    },
  };
  return {
    context: { ...world.context, files },
    mend() {
      isFull = false;
    },
  };
}

async function worldWithWork(): Promise<AgentWorld> {
  const world = await createAgentWorld('turnTimeout: 10m\n');
  await world.drop();
  return world;
}

const pass = async (world: AgentWorld, ms: number): Promise<void> => {
  for (let round = 0; round < 20; round++) await settled();
  await world.clock.advance(ms);
  for (let round = 0; round < 20; round++) await settled();
};

const TIMEOUT_MS = 600_000;

test('a run that ends by itself is interrupted by nobody, and no clock of it goes on', async () => {
  const world = await worldWithWork();
  const it = createRun(world);
  const { turn, intent } = await it.begun;
  const supervised = superviseTurn(world.context, turn, intent, it.run, new AbortController().signal);
  await pass(world, TIMEOUT_MS - 1);
  it.end();
  await supervised;
  expect(it.interruptions).toEqual([]);
  expect(world.clock.sleepers()).toBe(0);
});

test('a run over its time is interrupted once, when the reason is on disk, not before', async () => {
  const world = await worldWithWork();
  const { context, mend } = withFullDisk(world);
  const it = createRun(world);
  const { turn, intent } = await it.begun;
  const supervised = superviseTurn(context, turn, intent, it.run, new AbortController().signal);
  await pass(world, TIMEOUT_MS);
  await pass(world, limits.errorMaxMs);
  expect(it.interruptions).toEqual([]);
  mend();
  await pass(world, limits.errorMaxMs);
  await supervised;
  expect(it.interruptions).toEqual(['timeout']);
});

test('a runner that must end interrupts its run, also where no reason can be written down', async () => {
  const world = await worldWithWork();
  const { context } = withFullDisk(world);
  const it = createRun(world);
  const { turn, intent } = await it.begun;
  const stopNow = new AbortController();
  const supervised = superviseTurn(context, turn, intent, it.run, stopNow.signal);
  await pass(world, 0);
  stopNow.abort();
  await supervised;
  expect(it.interruptions).toEqual([null]);
});

test('what cannot be interrupted yet is interrupted a second later', async () => {
  const world = await worldWithWork();
  const it = createRun(world, 1);
  const { turn, intent } = await it.begun;
  const stopNow = new AbortController();
  const supervised = superviseTurn(world.context, turn, intent, it.run, stopNow.signal);
  stopNow.abort();
  await pass(world, limits.errorMaxMs);
  await supervised;
  expect(it.interruptions).toEqual(['shutdown', 'shutdown']);
});

test('a run that somebody else started has what is left of its time', async () => {
  const world = await worldWithWork();
  const it = createRun(world);
  const { turn, intent } = await it.begun;
  await world.clock.advance(TIMEOUT_MS - 1_000);
  const context = { ...world.context, claude: { ...world.context.claude, adopt: () => it.run } };
  const supervised = superviseOrphan(context, turn, CHILD, intent, new AbortController().signal);
  await pass(world, 999);
  expect(it.interruptions).toEqual([]);
  await pass(world, 1);
  await supervised;
  expect(it.interruptions).toEqual(['timeout']);
});
