/**
 * Processes that wait before each of their steps, and a draw that lets one of them go on at a time: the same seed, the same
 * interleaving. Half of the processes are slow, so that one is overtaken by a whole turn of another now and then; anyone who
 * only looks again is seldom drawn.
 */
import { createChance } from './crash-random.ts';

/** How often a process is drawn, in shares. */
const SPEEDS = [1, 1, 1, 1 / 8, 1 / 8, 1 / 64] as const;
/** The share of a step that only waits for others. */
const IDLE_SHARE = 1 / 8;

interface Waiting {
  share: number;
  go(): void;
}

export interface Schedule {
  /** Resolves when the process is drawn. isIdle: until then it only waits for what others do. */
  step(process: object, isIdle?: boolean): Promise<void>;
  /** Draws a process and lets it come to its next step, or its end. False: nobody waits. */
  draw(): Promise<boolean>;
  /** Draws so far. */
  readonly drawn: number;
}

export function createSchedule(seed: number): Schedule {
  const chance = createChance(seed);
  const speeds = new WeakMap<object, number>();
  const waiting: Waiting[] = [];
  let drawn = 0;

  const speedOf = (process: object): number => {
    const known = speeds.get(process);
    if (known !== undefined) return known;
    const speed = SPEEDS[Math.floor(chance.next() * SPEEDS.length)]!;
    speeds.set(process, speed);
    return speed;
  };
  const take = (): Waiting => {
    let rest = chance.next() * waiting.reduce((sum, { share }) => sum + share, 0);
    const index = waiting.findIndex(({ share }) => {
      rest -= share;
      return rest < 0;
    });
    return waiting.splice(index, 1)[0]!;
  };
  // Files in memory need no more than microtasks: a tick comes after them, when all have come to their next step. (A turn of
  // the event loop would come then, too, and asks the kernel each time.)
  const settled = () => new Promise<void>(resolve => process.nextTick(resolve));

  return {
    step: (process, isIdle = false) =>
      new Promise(resolve => {
        waiting.push({ share: speedOf(process) * (isIdle ? IDLE_SHARE : 1), go: resolve });
      }),
    async draw() {
      if (waiting.length === 0) await settled();
      if (waiting.length === 0) return false;
      drawn++;
      take().go();
      await settled();
      return true;
    },
    get drawn() {
      return drawn;
    },
  };
}
