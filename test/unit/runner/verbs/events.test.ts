import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '#blackboard/events/event.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { events } from '#runner/verbs/events.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const said = (minute: number): Event => ({
  at: new Date(Date.UTC(2026, 10, 30, 8, minute)).toISOString(),
  peer: 'worker',
  type: 'runner.said',
  text: `line ${minute}`,
});
const record = (...minutes: number[]) => recordEvents(root.context.files, root.agent.events, minutes.map(said));
const listed = async (items: AsyncIterable<Event>): Promise<Event[]> => {
  const found: Event[] = [];
  for await (const item of items) found.push(item);
  return found;
};
const all = { name: 'worker', sinceMs: null, lastMax: 50 };

test('what has happened comes in its order, the last ones only, and in the shape of its schema', async () => {
  await record(1, 2, 3);
  const found = await listed(events(root.context, { ...all, lastMax: 2 }, null));
  expect(found.map(({ at }) => at)).toEqual([said(2).at, said(3).at]);
  for (const event of found) expect(jsonViolations('events', event)).toEqual([]);
});

test('what was before the instant that is named is left out', async () => {
  await record(1, 2, 3);
  const sinceMs = Date.parse(said(2).at);
  expect(await listed(events(root.context, { ...all, sinceMs, lastMax: 1 }, null))).toEqual([said(3)]);
  expect(await listed(events(root.context, { ...all, sinceMs }, null))).toEqual([said(2), said(3)]);
});

test('it goes on with what comes until it is told to end', async () => {
  await record(1);
  const over = new AbortController();
  const found: Event[] = [];
  for await (const event of events(root.context, all, over.signal)) {
    found.push(event);
    if (found.length === 1) await record(2);
    else over.abort();
  }
  expect(found).toEqual([said(1), said(2)]);
});

test('an agent that there is not is an error (66)', async () => {
  await expect(listed(events(root.context, { ...all, name: 'nobody' }, null))).rejects.toMatchObject({
    exit: exitCode.noSuch,
  });
});
