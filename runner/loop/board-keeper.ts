/**
 * Keeps the board: files dropped into its drop directory become entries, as files in inboxes become messages; what is old is
 * swept away, with sessions that are over.
 */
import { settleBoardDrops } from '../../blackboard/board/settle-drops.ts';
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { limits } from '../../blackboard/limits.ts';
import { selfIdentity } from '../../blackboard/process-identity.ts';
import type { Sightings } from '../../blackboard/resting.ts';

export interface BoardKeeper {
  /** Something may have been dropped. */
  hint(): void;
  /** Looks until `signal` aborts; once more after that. */
  run(signal: AbortSignal): Promise<void>;
}

export function createBoardKeeper(options: {
  files: Files;
  root: string;
  clock: Clock;
  onError(error: unknown): void;
  onWell(): void;
  /** One step of a sweep; whether there is more. */
  sweep(): Promise<boolean>;
}): BoardKeeper {
  const { files, root, clock } = options;
  const sightings: Sightings = new Map();
  const self = selfIdentity();
  let hinted = new AbortController();

  const look = async (): Promise<number> => {
    try {
      const { resting } = await settleBoardDrops(files, root, clock, sightings, { self });
      const more = await options.sweep();
      options.onWell();
      return resting || more ? limits.dropLookMs : limits.slowLookMs;
    } catch (error) {
      options.onError(error);
      return limits.errorMaxMs;
    }
  };

  return {
    hint: () => hinted.abort(),
    async run(signal) {
      while (!signal.aborted) {
        hinted = new AbortController();
        const waitMs = await look();
        await clock.sleep(waitMs, AbortSignal.any([hinted.signal, signal]));
      }
      await look();
    },
  };
}
