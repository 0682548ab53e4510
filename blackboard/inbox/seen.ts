/**
 * What proves that a session saw a message: `outcomes/<id>.seen`, a line that its hook wrote when it had the proof. Evidence only:
 * nothing is decided by it, so nobody waits for the disk. Several hooks may write it; the first line counts.
 */
import { join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';

export interface SeenRecord {
  /** ISO 8601: when the proof was there at the latest. */
  at: string;
  /** transcript: a record of the model's follows the text there · event: claude keeps no transcript, and the model went on since. */
  by: 'transcript' | 'event';
  /** The random line around the text that it was shown in. */
  boundary: string;
  transcript: string | null;
}

export const seenPath = (inbox: Inbox, id: string): string => join(inbox.outcomes, `${id}.seen`);

/** After a power loss it may be missing or torn: then it is not known. */
export const noteSeen = (files: Pick<Files, 'append'>, inbox: Inbox, id: string, seen: SeenRecord): Promise<void> =>
  files.append(seenPath(inbox, id), `${JSON.stringify(seen)}\n`);

/** null: nothing proves it. */
export async function readSeen(files: Files, inbox: Inbox, id: string): Promise<SeenRecord | null> {
  const [line = ''] = ((await readText(files, seenPath(inbox, id), limits.frontMatterBytesMax)) ?? '').split('\n');
  const { at, by, boundary, transcript } = parseObject(line) ?? {};
  const isOurs =
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    (by === 'transcript' || by === 'event') &&
    typeof boundary === 'string' &&
    (transcript === null || typeof transcript === 'string');
  return isOurs ? { at, by, boundary, transcript } : null;
}
