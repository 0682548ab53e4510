import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { INBOX_DIRECTORIES, inboxLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { NOON } from '#test/unit/fake-clock.ts';

const inbox = inboxLayout('/root/agents/a');
const LAST = basename(inbox.waiters);
const CHANGES = ['makeDirectory', 'syncDirectory'] as const;

function emptyDisk() {
  const disk = createMemoryFiles(() => NOON);
  disk.prepare('/root/agents/a');
  return disk;
}

/** What it does, one after the other; it dies before the call of that number. */
function counted(files: Files, dies = Number.POSITIVE_INFINITY) {
  const calls: string[] = [];
  const changing = CHANGES.map(verb => {
    const call = async (path: string) => {
      if (calls.length === dies) throw new Error('died');
      calls.push(`${verb} ${basename(path)}`);
      return files[verb](path);
    };
    return [verb, call];
  });
  return { calls, files: { ...files, ...Object.fromEntries(changing) } as Files };
}

test('wherever its maker dies, the last directory is there only when all others stay after a power loss', async () => {
  const all = counted(emptyDisk());
  await makeInbox(all.files, inbox);
  let whole = 0;
  for (let dies = 0; dies <= all.calls.length; dies++) {
    const disk = emptyDisk();
    await makeInbox(counted(disk, dies).files, inbox).catch(() => {});
    if (!(await disk.list(inbox.inbox)).includes(LAST)) continue;
    whole++;
    const after = disk.afterPowerLoss(() => 0);
    expect(await after.list(inbox.inbox)).toEqual(expect.arrayContaining(INBOX_DIRECTORIES.slice(0, -1)));
  }
  expect(whole).toBe(1);
});

test('a whole inbox is left as it is, and waits for no disk; one that lacks a directory gets it', async () => {
  const disk = emptyDisk();
  await makeInbox(disk, inbox);
  const second = counted(disk);
  await makeInbox(second.files, inbox);
  expect(second.calls).toEqual([]);
  await disk.remove(inbox.dead);
  await makeInbox(disk, inbox);
  expect(await disk.list(inbox.inbox)).toContain('dead');
});
