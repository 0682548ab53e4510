// What is followed: tail, logs.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { type LogsOrder, logs } from '#runner/verbs/logs.ts';
import { tail } from '#runner/verbs/tail.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const signal = AbortSignal.abort();
const order = (changes: Partial<LogsOrder> = {}): LogsOrder => ({
  ...{ name: null, lines: 10, follow: false, log: null, signal },
  ...changes,
});
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};
const log = () => rootLayout(root.context.root).runnerLog;
const write = (text: string) => {
  mkdirSync(dirname(log()), { recursive: true });
  writeFileSync(log(), text);
};

test('tail gives the last lines as bytes, and ends with its signal', async () => {
  writeFileSync(root.agent.transcript, 'one\ntwo\nthree\n');
  const followed = await tail(root.context, { name: 'worker', lines: 2, signal });
  expect(followed).toMatchObject({ kind: 'agent', path: root.agent.transcript, isEmpty: false });
  expect(Buffer.concat(await all((followed as typeof followed & { kind: 'agent' }).bytes)).toString()).toBe(
    'two\nthree\n',
  );
});

test('tail of a transcript that is not there yet says that it is empty', async () => {
  expect(await tail(root.context, { name: 'worker', lines: 2, signal })).toMatchObject({ isEmpty: true });
});

test('tail refuses an unknown agent with 66, and no number of lines with 64', async () => {
  await expect(tail(root.context, { name: 'nobody', lines: 1, signal })).rejects.toMatchObject({ exit: 66 });
  await expect(tail(root.context, { name: 'worker', lines: -1, signal })).rejects.toMatchObject({ exit: 64 });
});

test('logs gives the last lines; of one agent, its own', async () => {
  write('1 worker: begins\n2 other: begins\n3 worker: ends\n4 half a line');
  expect(await all(logs(root.context, order({ lines: 3 })))).toEqual(['2 other: begins', '3 worker: ends']);
  const ofWorker = ['1 worker: begins', '3 worker: ends'];
  expect(await all(logs(root.context, order({ name: 'worker' })))).toEqual(ofWorker);
});

test('what is followed goes on with what comes, until the signal', async () => {
  write('1 a\n');
  const over = new AbortController();
  const seen: string[] = [];
  for await (const line of logs(root.context, order({ follow: true, signal: over.signal }))) {
    seen.push(line);
    if (line === '1 a') appendFileSync(log(), '2 b\n');
    else over.abort();
  }
  expect(seen).toEqual(['1 a', '2 b']);
});

test('without a log, 66 says how to have one', async () => {
  await expect(all(logs(root.context, order()))).rejects.toMatchObject({
    exit: 66,
    hint: expect.stringContaining('agent-runner start --detach'),
  });
});
