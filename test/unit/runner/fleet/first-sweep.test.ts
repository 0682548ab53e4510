// An agent of a runner that still starts others does not sweep yet; one that is run once does.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#blackboard/system/clock.ts';
import { newId } from '#blackboard/system/ids.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import type { Fleet } from '#runner/fleet/agent-wiring.ts';
import { createRest } from '#runner/fleet/once-drain.ts';
import { type RunAgentOptions, runAgent } from '#runner/fleet/run-agent.ts';
import { makeWorkerRoot, type WorkerRoot } from '#test/unit/runner/verbs/worker-root.ts';

let root: WorkerRoot;
let old: string;
let sweeps: boolean;
/** Looks that fail, with --once. */
let fails: number;
/** Resolves the next look that begins. */
let looking: () => void = () => {};
const nextLook = () => new Promise<void>(resolve => (looking = resolve));

beforeEach(async () => {
  root = await makeWorkerRoot();
  old = join(root.agent.inbox.done, '2020-01-01');
  mkdirSync(old);
  writeFileSync(join(old, `1577880000000-${newId(1_577_880_000_000)}`), '');
  sweeps = false;
  fails = 1;
});
afterEach(() => root.clear());

const started = (rest: RunAgentOptions['rest'], drain: AbortSignal) =>
  runAgent(
    {
      files: root.context.files,
      clock: systemClock,
      config: { retention: { days: 30, turnsBytes: 1e9, doneBytes: 1e9 } } as FleetConfig,
      fleet: {
        openerOf: () => async () => {
          looking();
          if (rest && fails-- > 0) throw new Error('the disk is full');
          return 'it cannot run';
        },
        hooks: () => ({}),
        wake: async () => ({ async [Symbol.asyncDispose]() {} }),
        endResident: async () => {},
      } as unknown as Fleet,
      faults: { raise() {}, clear() {} } as unknown as RunAgentOptions['faults'],
      complain() {},
      watch: { add() {}, forget() {} },
      rest,
      sweeps: () => sweeps,
    },
    root.agent,
    { drain, stopNow: new AbortController().signal },
    () => {},
  );

test('what is old goes once all agents have been started', async () => {
  const drain = new AbortController();
  const first = nextLook();
  const agent = await started(null, drain.signal);
  await first;
  for (let round = 0; round < 12; round++) {
    const next = nextLook();
    agent.hint();
    await next;
  }
  expect(existsSync(old), 'many rounds are over').toBe(true);
  sweeps = true;
  for (let round = 0; round < 12; round++) {
    const next = nextLook();
    agent.hint();
    await next;
  }
  drain.abort();
  await agent.ended;
  expect(existsSync(old)).toBe(false);
});

test('with --once it goes after the first look, as it may be what a full disk lacks', async () => {
  const agent = await started(createRest(), new AbortController().signal);
  await agent.ended;
  expect(existsSync(old)).toBe(false);
});
