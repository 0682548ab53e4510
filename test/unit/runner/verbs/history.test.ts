// What was: trace, peek, costs.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { costs } from '#runner/verbs/costs.ts';
import { peek } from '#runner/verbs/peek.ts';
import { trace } from '#runner/verbs/trace.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { id, makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

test('a message is traced by its id, with its gist, its steps and why it waits', async () => {
  await root.send({ subject: 'the login', inReplyTo: [id(9)] });
  const traced = await trace(root.context, { id: id(1) });
  expect(jsonViolations('trace', traced)).toEqual([]);
  expect(traced).toMatchObject({ id: id(1), to: 'worker', gist: 'the login', state: 'queued' });
  expect(traced.answers).toEqual([{ id: id(9), gist: null }]);
  expect(traced.steps.map(({ step }) => step)).toEqual(['queued']);
  expect(traced.waits).toContain('agent-runner start');
});

test('a message that is not there is refused with 66', async () => {
  await expect(trace(root.context, { id: id(404) })).rejects.toMatchObject({ exit: 66 });
});

test('peek shows the last turns, the newest last, each with what was asked and answered', async () => {
  for (const number of [1, 2, 3]) root.endTurn(number, [await root.send()]);
  const turns = await peek(root.context, { name: 'worker', count: 2 });
  expect(jsonViolations('peek', turns)).toEqual([]);
  expect(turns).toMatchObject([
    { turn: 2, messages: [{ body: 'do 2\n' }], answer: 'done' },
    { turn: 3, messages: [{ body: 'do 3\n' }], costUsd: 0.25 },
  ]);
});

test.each([0, 1.5, -1, Number.NaN])('peek refuses the count %s with 64', async count => {
  await expect(peek(root.context, { name: 'worker', count })).rejects.toMatchObject({ exit: 64 });
});

test('costs are summed by agent', async () => {
  root.spend(0.5);
  const report = await costs(root.context, { by: 'agent', days: 1 });
  expect(jsonViolations('costs', report)).toEqual([]);
  expect(report).toMatchObject({ by: 'agent', todayUsd: 0.5, turns: 1, rows: [{ name: 'worker', usd: 0.5 }] });
});

test('costs refuse no days, and a sum by something else, with 64', async () => {
  await expect(costs(root.context, { by: 'agent', days: 0 })).rejects.toMatchObject({ exit: 64 });
  await expect(costs(root.context, { by: 'moon' as 'day', days: 1 })).rejects.toMatchObject({ exit: 64 });
});
