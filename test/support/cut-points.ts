/**
 * Power losses in a life: at which effects, and what each leaves. All that one power loss may leave can be thousands of
 * rests; the telling ones lose or keep everything, or one thing alone.
 */
import { createChance } from './crash-random.ts';
import type { Choose } from './memory-files.ts';
import type { Site } from './power-disk.ts';
import { type Lived, live } from './run-scenario.ts';
import { type Life, lives } from './scenarios.ts';

/** Effects of the longest life; one that never ends is a bug. */
const EFFECTS_MAX = 1_000;
/** The power goes when all is done. */
export const AT_THE_END = EFFECTS_MAX + 1;
const LOST = 0;
const HALF = 0.5;
const KEPT = 0.999;

/** What a power loss may leave, one rest after another; each is lived before the next is asked for. */
export type Rests = (at: number) => Generator<Choose>;

/** Nothing of what could be lost is there; then all of it. */
export function* extremes(): Generator<Choose> {
  yield () => LOST;
  yield () => KEPT;
}

/** The extremes, then each thing alone lost, half-written, or kept. */
export function* telling(): Generator<Choose> {
  const whereLost: number[] = [];
  yield outcomes => {
    whereLost.push(outcomes);
    return LOST;
  };
  const whereKept: number[] = [];
  yield outcomes => {
    whereKept.push(outcomes);
    return KEPT;
  };
  for (const [index, outcomes] of whereKept.entries()) {
    yield alone(index, LOST, KEPT);
    if (outcomes > 2) yield alone(index, HALF, KEPT);
  }
  for (const index of whereLost.keys()) yield alone(index, KEPT, LOST);
}

/** One of the extremes with one thing else than all others, in turns, and one rest by chance. */
export const sampled = (seed: number): Rests =>
  function* (at) {
    const chance = createChance(seed + at);
    const [most, other] = (seed + at) % 2 === 0 ? [LOST, KEPT] : [KEPT, chance.pick([LOST, HALF])];
    let asked = 0;
    yield () => {
      asked++;
      return most;
    };
    yield alone(chance.between(0, asked), other, most);
    yield () => chance.next();
  };

function alone(index: number, value: number, others: number): Choose {
  let asked = 0;
  return () => (asked++ === index ? value : others);
}

/** By chance. */
export const random = (count: number, seed: number): Rests =>
  function* (at) {
    const chance = createChance(seed + at);
    for (let tried = 0; tried < count; tried++) yield () => chance.next();
  };

/** Every one, up to `max`; if there are more, as many by chance after them. */
export const every = (max: number, seed: number): Rests =>
  function* (at) {
    let path: { taken: number; of: number }[] = [];
    for (let tried = 0; tried < max; tried++) {
      let depth = 0;
      yield outcomes => {
        const known = path[depth];
        if (known) known.of = outcomes;
        else path.push({ taken: 0, of: outcomes });
        return (path[depth++]!.taken + 0.5) / outcomes;
      };
      while (path.length > 0 && path.at(-1)!.taken + 1 >= path.at(-1)!.of) path.pop();
      if (path.length === 0) return;
      path = [...path.slice(0, -1), { ...path.at(-1)!, taken: path.at(-1)!.taken + 1 }];
    }
    yield* random(max, seed)(at);
  };

export interface Search {
  /** The effects at which the power goes, in this order; an effect past the last: when all is done. */
  points: Iterable<number>;
  rests: Rests;
  broken?: Site;
  /** The first violation is enough. */
  first?: boolean;
}

/** What broke, in words; how many power losses there were. */
export async function search(life: Life, { points, rests, broken, first }: Search) {
  const found: string[] = [];
  let lived = 0;
  for (const at of points) {
    for (const choose of rests(at)) {
      const { offAt, violations } = await liveOrFail(life, at, choose, broken);
      lived++;
      if (violations) found.push(`power loss ${at} (${offAt || 'when all was done'}), rest ${lived}:\n${violations}`);
      if (first && found.length > 0) return { found, lived };
    }
  }
  return { found, lived };
}

/** An error that the product throws is a violation, too. */
const liveOrFail = (life: Life, at: number, choose: Choose, broken: Site | undefined): Promise<Lived> =>
  live(life, at, choose, { broken }).catch(error => ({
    offAt: 'never',
    violations: `${error instanceof Error ? error.stack : error}`,
  }));

/** The number of effects in a life. */
export async function effectsOf(life: Life): Promise<number> {
  let count = 0;
  const { offAt } = await live(life, EFFECTS_MAX, () => KEPT, { note: () => count++ });
  if (offAt !== '') throw new Error(`the life has more than ${EFFECTS_MAX} effects`);
  return count;
}

/** Every effect of a life, and its end. */
export async function allPoints(life: Life): Promise<number[]> {
  return [...Array(await effectsOf(life)).keys(), AT_THE_END - 1].map(index => index + 1);
}

/** The sites of effects, each with the lives in which it is met and the numbers of its effects there. */
export async function allSites(): Promise<Map<Site, Map<string, number[]>>> {
  const sites = new Map<Site, Map<string, number[]>>();
  for (const [name, life] of Object.entries(lives)) {
    let count = 0;
    const note = (site: Site) => {
      count++;
      const known = sites.get(site) ?? new Map<string, number[]>();
      known.set(name, [...(known.get(name) ?? []), count]);
      sites.set(site, known);
    };
    await live(life, AT_THE_END, () => KEPT, { note });
  }
  return sites;
}

/** Effects after one that was left out, within which a power loss shows most. */
const WINDOW = 8;

/** The end, then the effects that follow those that were left out. */
export const pointsAfter = (effects: readonly number[]): number[] => [
  ...new Set([
    AT_THE_END,
    ...effects.flatMap(effect => Array.from({ length: WINDOW }, (_, index) => effect + 1 + index)),
  ]),
];
