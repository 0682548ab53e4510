/**
 * How often one sender may broadcast: each broadcast of a minute is a directory, `broadcasts/<sender>,<minute>,<n>`, which only one
 * process can make.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Sender } from '#runner/verbs/sender.ts';

const MINUTE_MS = 60_000;

/** Throws 77 if this minute's are used up. Removes what earlier minutes left. */
export async function takeBroadcast(
  files: Files,
  root: string,
  { peer, peerId }: Pick<Sender, 'peer' | 'peerId'>,
  nowMs: number,
): Promise<void> {
  const { broadcasts } = rootLayout(root);
  await files.makeDirectory(broadcasts);
  const minute = Math.floor(nowMs / MINUTE_MS);
  for (let number = 1; number <= limits.broadcastsPerMinute; number++) {
    const made = await files.makeDirectory(join(broadcasts, `${peerId ?? peer},${minute},${number}`));
    if (made === 'exists') continue;
    if (number === 1) await sweep(files, broadcasts, minute);
    return;
  }
  const seconds = Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1_000);
  throw refusedError(
    `${peer} has broadcast ${limits.broadcastsPerMinute} times in this minute, and that is the limit; nothing was sent`,
    `Wait ${seconds} s, or write to the one it concerns: agent-runner send <peer>`,
  );
}

async function sweep(files: Files, broadcasts: string, minute: number): Promise<void> {
  for (const name of await files.list(broadcasts)) {
    const of = /^[^,]+,(\d+),\d+$/.exec(name)?.[1];
    if (of !== undefined && Number(of) !== minute) await files.remove(join(broadcasts, name));
  }
}
