/** What an events file holds, read back as `agent-runner events` reads it. */
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import type { Event } from '#blackboard/events/event.ts';
import { type Files, readText } from '#blackboard/system/files.ts';

export async function eventsIn(files: Files, path: string): Promise<Event[]> {
  const text = await readText(files, path, Number.MAX_SAFE_INTEGER);
  return (text ?? '').split('\n').flatMap(line => decodeEvent(line) ?? []);
}
