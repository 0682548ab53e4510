import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
const AS_A_USER = ['changing-agents', 'hooks-commands', 'messages', 'real-files'].map(
  name => `test/e2e/${name}.test.ts`,
);
/** `npm test` by root runs those as an ordinary user only (scripts/as-user.mjs), who meets what root meets, and more. */
const isLeftToUser =
  process.env.AGENT_RUNNER_TEST_AS_USER !== undefined &&
  process.getuid?.() === 0 &&
  !spawnSync('setpriv', ['--version']).error;

/** `vi.mock` would reach the files that the same worker runs next. */
const WITH_MOCKS = readdirSync('test/unit', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => `test/unit/${name}`)
  .filter(path => readFileSync(path, 'utf8').includes('vi.mock('));

export default defineConfig({
  test: {
    // Many tests wait for other processes: four at a time keep two cores busy.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      // Milliseconds in an empty machine; a hang is what it is for, not a slow one. A worker runs many files (isolate), since to import
      // the sources costs more than most tests; not those that put mocks in place of modules.
      tier('unit', 60_000, { isolate: false, exclude: WITH_MOCKS }),
      tier('mocks', 60_000, { include: WITH_MOCKS }),
      tier('contract', 60_000),
      tier('architecture', 20_000),
      tier('property', 900_000),
      tier('crash', 600_000),
      tier('e2e', 120_000, { isolate: false, exclude: ['**/*.user.test.ts', ...(isLeftToUser ? AS_A_USER : [])] }),
      tier('user', 120_000, { include: ['test/e2e/*.user.test.ts', ...AS_A_USER] }),
      // Beside programs that are no part of the package: a terminal multiplexer, a browser, a broker. `.ci/run` runs it after npm test.
      tier('outside', 240_000),
      tier('bench', 600_000, { include: ['test/bench/**/*.bench.ts'], fileParallelism: false }),
    ],
    reporters: ['default'],
  },
});
