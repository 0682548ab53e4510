import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';

test('docs/exit-codes.md has every exit code there is, and no other', () => {
  const page = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| (\w+) \| \S/gm)].map(([, code, word]) => [word, Number(code)]);
  expect(rows).toEqual(Object.entries(exitCode));
});
