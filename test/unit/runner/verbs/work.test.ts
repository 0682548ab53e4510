// What changes an agent at work: cancel, resume, stop.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { cancel } from '#runner/verbs/cancel.ts';
import { resume } from '#runner/verbs/resume.ts';
import { type StopStep, stop } from '#runner/verbs/stop.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { id, makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const park = (code: string, untilMs = Date.now() + 3_600_000) =>
  writeFileSync(root.agent.parked, JSON.stringify({ code, reason: 'spent', at: '2026-11-21T00:00:00.000Z', untilMs }));

test('a message that waits is cancelled, and ends dead', async () => {
  await root.send();
  const cancelled = await cancel(root.context, { what: id(1) });
  expect(jsonViolations('cancel', cancelled)).toEqual([]);
  expect(cancelled).toMatchObject({ agent: 'worker', message: id(1), turn: null, dead: [id(1)], isFinished: true });
});

test('what is over cannot be cancelled: 1, and why', async () => {
  await root.send();
  const { files } = root.context;
  const { inbox } = root.agent;
  const [name] = await files.list(inbox.new);
  await files.remove(join(inbox.new, name!));
  await writeOutcome(files, inbox, { requeues: 0 }, { id: id(1), outcome: 'done', at: new Date().toISOString() });
  await expect(cancel(root.context, { what: id(1) })).rejects.toMatchObject({
    exit: 1,
    message: expect.stringContaining('already done'),
  });
});

test('cancel refuses an agent without a turn with 69, and what is not there with 66', async () => {
  await expect(cancel(root.context, { what: 'worker' })).rejects.toMatchObject({ exit: 69 });
  await expect(cancel(root.context, { what: 'nobody' })).rejects.toMatchObject({ exit: 66 });
});

test('resume takes back a park, a pause and a stop, and says what does not last', async () => {
  park('budget');
  for (const path of [root.agent.pause, root.agent.stop]) writeFileSync(path, '');
  writeFileSync(rootLayout(root.context.root).pause, '');
  const done = await resume(root.context, { name: 'worker', raiseUsd: null });
  expect(jsonViolations('resume', done)).toEqual([]);
  expect(done.took).toEqual([
    { name: 'worker', what: 'park', reason: 'spent' },
    { name: 'worker', what: 'pause', reason: null },
    { name: 'worker', what: 'stop', reason: null },
  ]);
  expect(done.parksAgain).toEqual([{ name: 'worker', code: 'budget' }]);
  expect(done.pausedBy).toBe(rootLayout(root.context.root).pause);
  expect(existsSync(root.agent.parked)).toBe(false);
});

test('resume of all takes back the pause of all; with more money nothing is parked again', async () => {
  park('fleet-budget');
  writeFileSync(rootLayout(root.context.root).pause, '');
  const done = await resume(root.context, { name: null, raiseUsd: 5 });
  expect(done).toMatchObject({ raisedUsd: 5, parksAgain: [], pausedBy: null });
  expect(done.took.map(({ name, what }) => [name, what])).toEqual([
    ['worker', 'park'],
    [null, 'pause'],
  ]);
});

test.each([0, -1, Number.NaN])('resume refuses to raise by %s with 64', async raiseUsd => {
  await expect(resume(root.context, { name: 'worker', raiseUsd })).rejects.toMatchObject({ exit: 64 });
});

test('an agent that nobody runs is stopped by its mark, and the steps are data', async () => {
  const steps: StopStep[] = [];
  const stopped = await stop(root.context, { names: ['worker'], now: false, progress: step => steps.push(step) });
  expect(jsonViolations('stop', stopped)).toEqual([]);
  expect(stopped).toEqual({ agents: [{ name: 'worker', runnerPid: null, stoppedTurn: null }] });
  expect(steps).toEqual([
    { step: 'agent-ended', name: 'worker', wasRunning: false, next: 'agent-runner resume worker' },
  ]);
  expect(existsSync(root.agent.stop)).toBe(true);
});

test('the wait for an agent that is run ends with the signal, and its mark stays', async () => {
  root.run();
  const order = { names: ['worker'], now: false, signal: AbortSignal.abort() };
  await expect(stop(root.context, order)).rejects.toMatchObject({ name: 'AbortError' });
  expect(existsSync(root.agent.stop)).toBe(true);
});

test('stop refuses with 69 where no runner is up, and an unknown agent with 66', async () => {
  await expect(stop(root.context, { names: [], now: false })).rejects.toMatchObject({ exit: 69 });
  await expect(stop(root.context, { names: ['nobody'], now: false })).rejects.toMatchObject({ exit: 66 });
});
