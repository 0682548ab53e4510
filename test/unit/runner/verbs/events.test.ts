import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '#blackboard/events/event.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { events } from '#runner/verbs/events.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const said = (minute: number) => ({
  at: new Date(Date.UTC(2026, 10, 30, 8, minute)).toISOString(),
  peer: 'worker',
  type: 'agent.held' as const,
  reason: `line ${minute}`,
});
const record = async (...minutes: number[]) => {
  for (const { at, peer: _, ...body } of minutes.map(said))
    await recordEvents(root.context.files, root.agent.inbox, at, body);
};
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

test('of a session and of the operator it is what came and went in their inboxes, and of nobody else', async () => {
  const { files, root: path } = root.context;
  const id = '963bf434-039c-4310-b9b7-061eef298631';
  const session = await registerSession(files, path, {
    ...{ id, cwd: path, branch: null, process: null, tmux: null, configDir: null, transcript: null },
    startedAt: said(0).at,
  });
  const operator = inboxLayout(rootLayout(path).operator);
  for (const inbox of [sessionLayout(path, id).inbox, operator])
    for (const body of [
      { type: 'message.claimed', id: 'm', turn: null } as const,
      { type: 'message.acked', id: 'm' } as const,
    ])
      await recordEvents(files, inbox, said(1).at, body);
  await record(2);
  for (const [name, peer] of [
    [session.name!, id],
    [id, id],
    ['operator', 'operator'],
  ] as const)
    expect(
      (await listed(events(root.context, { ...all, name, lastMax: 2 }, null))).map(each => [each.peer, each.type]),
    ).toEqual([
      [peer, 'message.claimed'],
      [peer, 'message.acked'],
    ]);
});

test('a peer that there is not is an error (66)', async () => {
  await expect(listed(events(root.context, { ...all, name: 'nobody' }, null))).rejects.toMatchObject({
    exit: exitCode.noSuch,
  });
});
