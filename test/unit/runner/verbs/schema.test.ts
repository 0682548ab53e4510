import { expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';
import { RESULTS } from '#runner/results/all.ts';
import { schema, schemas } from '#runner/verbs/schema.ts';

test('there is a schema of every result, and each is JSON', async () => {
  expect(await schemas()).toEqual(RESULTS.map(({ verb }) => verb).sort());
  expect(JSON.parse(await schema({ words: 'dead show' }))).toEqual(JSON.parse(await schema({ words: 'dead-show' })));
});

test('a word of no command is 66 and names the nearest', async () => {
  await expect(schema({ words: 'dead shw' })).rejects.toMatchObject({
    exit: exitCode.noSuch,
    hint: 'Did you mean: agent-runner schema dead show',
  });
});
