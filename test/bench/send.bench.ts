/** Durable delivery in one process: every message fsynced, with its names, before it counts. */
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { report } from './fleet.ts';

const MESSAGES = 4000;

/** What the disk allows to anyone who waits for each file: one new file, one fsync, nothing else. */
test('the disk alone', () => {
  const base = mkdtempSync(join(tmpdir(), 'agent-runner-bench-'));
  const from = performance.now();
  for (let index = 0; index < MESSAGES / 4; index++) {
    const file = openSync(join(base, String(index)), 'wx');
    writeSync(file, 'hello'.repeat(60));
    fsyncSync(file);
    closeSync(file);
  }
  const seconds = (performance.now() - from) / 1000;
  report('a new file and its fsync, one at a time', `${Math.round(MESSAGES / 4 / seconds)} files/s`);
  rmSync(base, { recursive: true, force: true });
});

test('durable sends a second', { timeout: 300_000 }, async () => {
  for (const producers of [1, 4, 16]) {
    const base = mkdtempSync(join(tmpdir(), 'agent-runner-bench-'));
    mkdirSync(base, { recursive: true });
    const files = createRunnerFiles();
    const inbox = inboxLayout(base);
    await makeInbox(files, inbox);
    const produce = async () => {
      for (let index = 0; index < MESSAGES / producers; index++) {
        const id = newId(Date.now());
        await deliver(
          files,
          inbox,
          {
            id,
            from: 'operator',
            kind: 'request',
            at: new Date().toISOString(),
            trace: id,
            hops: 0,
            body: 'hello',
          },
          { once: true },
        );
      }
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: producers }, produce));
    const seconds = (performance.now() - from) / 1000;
    report(`durable send in process, ${producers} at once`, `${Math.round(MESSAGES / seconds)} msgs/s`);
    rmSync(base, { recursive: true, force: true });
  }
});
