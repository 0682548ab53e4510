/**
 * Keeps the board: files dropped into its drop directory become entries, as files in inboxes become messages; what is old is
 * swept away, with sessions that are over.
 */
import { settleBoardDrops } from '#blackboard/board/settle-drops.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { createLeftNotes } from '#runner/status/left-notes.ts';
import { tellBuriedEntries } from '#runner/status/tell-buried-drops.ts';

export function createBoardService(options: {
  files: Files;
  root: string;
  clock: Clock;
  events: RunnerEvents;
  onError(error: unknown): void;
  onWell(): void;
  /** One step of a sweep; whether there is more. */
  sweep(): Promise<boolean>;
}): BackgroundService {
  const { files, root, clock } = options;
  const sightings: Sightings = new Map();
  const self = selfIdentity();
  const tellLeft = createLeftNotes({ ...options, where: 'the board', emit: options.events.emit });
  const toldDead = new Set<string>();
  return createLookLoop({
    ...options,
    looksAtEnd: true,
    async look() {
      const { unstable, left } = await settleBoardDrops(files, root, clock, sightings, { self });
      await tellLeft(left);
      await tellBuriedEntries(options, toldDead);
      const more = await options.sweep();
      return unstable || more ? limits.dropLookMs : limits.slowLookMs;
    },
  });
}
