import { expect, test } from 'vitest';
import { version } from '#runner/verbs/version.ts';
import { packageVersion } from '#runner/version.ts';

test('our version is told without a root, a home or a claude, and why there is no claude', async () => {
  expect(await version({ env: { PATH: '' } }, { root: undefined })).toEqual({
    version: packageVersion(),
    claude: { path: null, problem: expect.stringContaining('claude') },
  });
});
