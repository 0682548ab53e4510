/** What an events file holds, read back as `agent-runner events` reads it. */
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import type { Event } from '#blackboard/events/event.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';

/** Nobody takes them. */
export const noEvents: RunnerEvents = { emit: async () => {}, of: () => async () => {} };

export async function eventsIn(files: Files, path: string): Promise<Event[]> {
  const text = await readText(files, path, Number.MAX_SAFE_INTEGER);
  return (text ?? '').split('\n').flatMap(line => decodeEvent(line) ?? []);
}
