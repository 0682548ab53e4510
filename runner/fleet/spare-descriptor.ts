/** One file descriptor that is kept for the word that there are no others left. */
import { closeSync, openSync } from 'node:fs';

export interface Reserve {
  /**
   * Runs `work` while the descriptor is free. What waits for nothing outside of this thread (sync-files.ts) is over before
   * anybody else in this process asks for one, but for what its other threads are just opening: it may fail all the same.
   */
  use(work: () => Promise<void>): Promise<void>;
}

export function keepSpareDescriptor(): Reserve {
  let kept = keep();
  return {
    async use(work) {
      if (kept !== null) closeSync(kept);
      kept = null;
      try {
        await work();
      } finally {
        kept = keep();
      }
    },
  };
}

/** null: there is none to keep now. */
function keep(): number | null {
  try {
    return openSync('/dev/null', 'r');
  } catch {
    return null;
  }
}
