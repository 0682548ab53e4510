/**
 * Each fsync, link and rename of the product is left out, alone: in some life a power loss (or its end) must show it. What
 * no life notices protects nothing, or nothing proves that it does.
 */
import { expect, test } from 'vitest';
import { allSites, extremes, pointsAfter, search, telling } from '#test/support/cut-points.ts';
import type { Site } from '#test/support/power-disk.ts';
import { lives } from '#test/support/scenarios.ts';

/** A new directory that is not made fails whatever comes next, and what is removed was done with. `write` is not fsynced. */
const PROMISES = /^(?!.* test )(append|create|link|move|syncDirectory) /;
/** Sites there are at least: fewer, and their names are no longer recognised. */
const SITES_MIN = 50;

test('every fsync, link and rename that is left out is noticed by some life', { timeout: 1_200_000 }, async () => {
  const sites = [...(await allSites())].filter(([site]) => PROMISES.test(site)).sort();
  const survived: Site[] = [];
  for (const [site, places] of sites) {
    const by = await killerOf(site, places);
    if (by === null) survived.push(site);
    if (process.env.AGENT_RUNNER_TEST_FULL) console.log(`${site}: ${by ?? 'SURVIVES'}`);
  }
  expect(survived).toEqual([]);
  expect(sites.length).toBeGreaterThan(SITES_MIN);
});

/** The first life that breaks without that effect, the shortest ones first; null: none does. */
async function killerOf(site: Site, places: ReadonlyMap<string, readonly number[]>): Promise<string | null> {
  const order = [...places].sort(([, a], [, b]) => a.length - b.length);
  for (const rests of [extremes, telling])
    for (const [name, effects] of order) {
      const points = pointsAfter(effects);
      const { found } = await search(lives[name]!, { points, rests, broken: site, first: true });
      if (found.length > 0) return `${name}: ${found[0]!.split('\n')[1]}`;
    }
  return null;
}
