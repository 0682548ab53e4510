/**
 * The contract of every background service, as laws: each takes a factory and throws where the service breaks it. A service is seen
 * through what it does with files, and the file port can fail, or hold every call until it is let go.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Files } from '#blackboard/system/files.ts';
import type { BackgroundService } from '#blackboard/system/look-loop.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock, settled } from '#test/unit/fake-clock.ts';

export interface World {
  clock: FakeClock;
  /** What the service under test works on. */
  files: Files;
  /** The same files, for the test's own preparation. */
  disk: MemoryFiles;
  /** For every problem that it tells. */
  tell(problem: unknown): void;
}

export interface Subject {
  name: string;
  make(world: World): Promise<BackgroundService>;
  /** It tells nobody of a fault. */
  isSilent?: true;
}

/** More than any service waits. */
const LONG_MS = 2 * 3_600_000;

async function begin({ make }: Subject) {
  const clock = createFakeClock();
  const disk = createMemoryFiles(clock.nowMs);
  let calls = 0;
  let problems = 0;
  let isFailing = false;
  let held: Promise<void> | null = null;
  let letGo = () => {};
  const files = new Proxy(disk, {
    get:
      (target, key: keyof Files) =>
      async (...args: unknown[]) => {
        calls++;
        await held;
        if (isFailing) throw Object.assign(new Error('EIO: this disk is broken'), { code: 'EIO' });
        return (target[key] as (...args: unknown[]) => unknown)(...args);
      },
  });
  const tell = (problem: unknown): void => {
    if (problem != null) problems++;
  };
  const service = await make({ clock, files, disk, tell });
  const quiet = async (): Promise<void> => {
    for (let before = -1, same = 0; same < 5; same = calls === before ? same + 1 : 0) {
      before = calls;
      await settled();
    }
  };
  await quiet();
  return {
    clock,
    service,
    quiet,
    calls: () => calls,
    problems: () => problems,
    break: () => {
      isFailing = true;
    },
    mend: () => {
      isFailing = false;
    },
    hold() {
      held ??= new Promise(resolve => {
        letGo = resolve;
      });
    },
    release() {
      letGo();
      held = null;
    },
    /** How many calls come of it, until it is at rest again. */
    async callsOf(act: () => unknown): Promise<number> {
      const before = calls;
      await act();
      await quiet();
      return calls - before;
    },
    end: () => service[Symbol.asyncDispose](),
  };
}

type Bench = Awaited<ReturnType<typeof begin>>;

/** It does nothing any more, whatever is asked of it. */
async function expectOver({ service, clock, callsOf }: Bench): Promise<void> {
  const late = await callsOf(async () => {
    service.start();
    service.hint();
    await clock.advance(LONG_MS);
  });
  expect(late, 'calls after its end').toBe(0);
  await service[Symbol.asyncDispose]();
}

const COMMANDS = ['start', 'hint', 'advance', 'settle', 'break', 'mend', 'hold', 'release', 'end'] as const;

export const laws: Record<string, (subject: Subject) => Promise<void>> = {
  async 'looks as soon as it is started, and not before'(subject) {
    const { service, clock, callsOf, end } = await begin(subject);
    expect(await callsOf(() => clock.advance(LONG_MS))).toBe(0);
    expect(await callsOf(() => service.start())).toBeGreaterThan(0);
    await end();
  },

  async 'looks again when it is hinted at, and after a while by itself'(subject) {
    const { service, clock, callsOf, end } = await begin(subject);
    await callsOf(() => service.start());
    expect(await callsOf(() => service.hint())).toBeGreaterThan(0);
    expect(await callsOf(() => clock.advance(LONG_MS))).toBeGreaterThan(0);
    await end();
  },

  async 'looks once at a time, and once more after hints that came meanwhile'(subject) {
    const { service, clock, callsOf, hold, release, end } = await begin(subject);
    await callsOf(() => service.start());
    const one = await callsOf(() => service.hint());
    hold();
    await callsOf(() => service.hint());
    const meanwhile = await callsOf(async () => {
      for (let hint = 0; hint < 10; hint++) service.hint();
      service.start();
      await clock.advance(LONG_MS);
    });
    expect(meanwhile, 'calls beside a look that is held').toBe(0);
    expect(await callsOf(release), 'the rest of the look, and one more').toBeGreaterThanOrEqual(one);
    expect(await callsOf(() => {}), 'and no more than that').toBe(0);
    await end();
  },

  async 'outlives what fails, tells of it, and looks again by itself, not without a pause'(subject) {
    const it = await begin(subject);
    it.break();
    await it.callsOf(() => it.service.start());
    if (!subject.isSilent) expect(it.problems()).toBeGreaterThan(0);
    expect(await it.callsOf(() => {})).toBe(0);
    it.mend();
    expect(await it.callsOf(() => it.clock.advance(LONG_MS))).toBeGreaterThan(0);
    await it.end();
  },

  async 'ends while everything fails'(subject) {
    const it = await begin(subject);
    it.break();
    await it.callsOf(() => it.service.start());
    await it.end();
    await expectOver(it);
  },

  async 'ends at once while it waits, and does nothing after that'(subject) {
    const it = await begin(subject);
    await it.callsOf(() => it.service.start());
    await it.end();
    expect(it.clock.sleepers()).toBe(0);
    await expectOver(it);
  },

  async 'ends before it was started, and then never starts'(subject) {
    const it = await begin(subject);
    await it.end();
    await expectOver(it);
  },

  async 'ends when the look that runs has ended, not before'(subject) {
    const it = await begin(subject);
    await it.callsOf(() => it.service.start());
    it.hold();
    await it.callsOf(() => it.service.hint());
    let isOver = false;
    const ending = it.end().then(() => {
      isOver = true;
    });
    await it.quiet();
    it.service.hint();
    await it.quiet();
    expect(isOver).toBe(false);
    it.release();
    await ending;
    await expectOver(it);
  },

  async 'started, hinted at, broken, held and ended in any order: it ends, rejects nothing, and is silent after that'(
    subject,
  ) {
    const orders = fc.array(fc.constantFrom(...COMMANDS), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(orders, async order => {
        const it = await begin(subject);
        const ends: Promise<void>[] = [];
        for (const command of order) {
          if (command === 'start') it.service.start();
          else if (command === 'hint') it.service.hint();
          else if (command === 'advance') await it.clock.advance(LONG_MS / 100);
          else if (command === 'settle') await settled();
          else if (command === 'end') ends.push(it.end());
          else it[command]();
        }
        it.release();
        await Promise.all([...ends, it.end()]);
        expect(it.clock.sleepers()).toBe(0);
        await expectOver(it);
      }),
      { numRuns: 40 },
    );
  },
};
