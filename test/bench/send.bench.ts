/** Durable delivery in one process: every message fsynced, with its names, before it counts. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { newId } from '../../blackboard/ids.ts';
import { deliver, makeInbox } from '../../blackboard/inbox/deliver.ts';
import { inboxLayout } from '../../blackboard/layout.ts';
import { report } from './fleet.ts';

const MESSAGES = 4000;

test('durable sends a second', { timeout: 300_000 }, async () => {
  for (const producers of [1, 4, 16]) {
    const base = mkdtempSync(join(tmpdir(), 'agent-runner-bench-'));
    mkdirSync(base, { recursive: true });
    const files = createDiskFiles();
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
