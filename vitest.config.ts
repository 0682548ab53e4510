import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One project per tier; `npm run check` runs the fast ones, `npm test` all of them. */
const tier = (name: string, testTimeout: number, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    ...extra,
  },
});

export default defineConfig({
  test: {
    // Most tests wait for other processes: three at a time keep two cores busy.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      tier('unit', 10_000),
      tier('contract', 60_000),
      tier('architecture', 20_000),
      tier('property', 900_000),
      tier('crash', 600_000),
      tier('e2e', 120_000),
      tier('bench', 600_000, { include: ['test/bench/**/*.bench.ts'], fileParallelism: false }),
    ],
    reporters: ['default'],
  },
});
