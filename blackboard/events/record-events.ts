/**
 * Writes events: a line each, with one write(2) in append mode. Nobody waits for the disk, and a failure is never an
 * error of the code that emits: a full disk, a missing directory or missing rights lose events, never work.
 */
import { encodeEvent } from '#blackboard/events/encode-event.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Whose events they are (null: of no one peer), and the file that gets them. An inbox says both. */
export interface EventSink {
  peer: string | null;
  events: string;
}

/** Never rejects. What the events tell of is on disk already. `at`: ISO 8601. */
export async function recordEvents(
  files: Pick<Files, 'append'>,
  { peer, events }: EventSink,
  at: string,
  ...bodies: readonly EventBody[]
): Promise<void> {
  try {
    for (const body of bodies) await files.append(events, encodeEvent({ at, peer, ...body }));
  } catch {
    // They are only lost: a program that must know reads the files that the events describe.
  }
}

/**
 * Renames a file that has grown to `<path>.1`, over the one before. By a runner only. A writer that has opened it just now writes
 * into the renamed one, where readers still look. Never rejects.
 */
export async function rotateEvents(
  files: Pick<Files, 'facts' | 'move'>,
  path: string,
  bytesMax: number = limits.eventsBytesMax,
): Promise<void> {
  try {
    if (((await files.facts(path))?.sizeBytes ?? 0) >= bytesMax) await files.move(path, `${path}.1`);
  } catch {
    // It grows until the next time.
  }
}
