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

/** End-to-end tests that touch files in every way that we do: root would see no fault of permissions in them. */
const AS_A_USER_TOO = ['changing-agents', 'hooks-commands', 'messages', 'real-files'];

export default defineConfig({
  test: {
    // Most tests wait for other processes: three at a time keep two cores busy.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      // Milliseconds in an empty machine; a hang is what it is for, not a slow one.
      tier('unit', 60_000),
      tier('contract', 60_000),
      tier('architecture', 20_000),
      tier('property', 900_000),
      tier('crash', 600_000),
      tier('e2e', 120_000, { exclude: ['**/*.user.test.ts'] }),
      // Once more as an ordinary user, where root has run them (scripts/as-user.mjs): what touches files, and about a minute of it.
      tier('user', 120_000, {
        include: ['test/e2e/*.user.test.ts', ...AS_A_USER_TOO.map(name => `test/e2e/${name}.test.ts`)],
      }),
      tier('bench', 600_000, { include: ['test/bench/**/*.bench.ts'], fileParallelism: false }),
    ],
    reporters: ['default'],
  },
});
