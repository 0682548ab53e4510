/** Tidies the board beside a command: finishes entries of writers that died, and takes dropped files. */
import { finishWriting } from '#blackboard/board/finish-writing.ts';
import { settleBoardDrops } from '#blackboard/board/settle-drops.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';

/** `once`: it is called only once. Returns a sentence if it failed; the command itself goes on. */
export async function tidyBoard(
  files: Files,
  root: string,
  { sightings = new Map(), once }: { sightings?: Sightings; once: boolean },
): Promise<string | null> {
  const self = selfIdentity();
  try {
    await finishWriting(files, root, { self, nowMs: Date.now() });
    await settleBoardDrops(files, root, systemClock, sightings, { self, once });
    return null;
  } catch (error) {
    return `what others left on the board could not be finished: ${reasonOf(error)}`;
  }
}
