/** Writes what ails the runner of each agent into its runner.json, for `status` and `doctor`, which other processes are. */
import { closeSync, openSync } from 'node:fs';
import { agentLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { noteProblem } from '#runner/agents/agent-lock.ts';

/**
 * Notes a problem of that agent's runner (null: none). If nothing can be written it is tried a few times more, unless
 * something else is to be said by then: the log has it, and status tries the disk itself.
 */
export type FaultRecord = (name: string, problem: string | null, isHeldUp: boolean) => Promise<void>;

export function createFaultRecord({ files, root, clock }: { files: Files; root: string; clock: Clock }): FaultRecord {
  // Only this process knows that it has no descriptors left: one is kept for that word.
  let spare = openSpare();
  const syncFiles = createSyncFiles();
  const wanted = new Map<string, string | null>();
  const note = (name: string, problem: string | null, isHeldUp: boolean): Promise<boolean> => {
    const through = (port: Files) => noteProblem(port, agentLayout(root, name), problem, isHeldUp).then(() => true);
    return through(files).catch(() => {
      if (spare !== null) closeSync(spare);
      spare = null;
      // What waits for nothing outside of this thread is over before anybody else here asks for a descriptor.
      return through(syncFiles)
        .catch(() => false)
        .finally(() => {
          spare ??= openSpare();
        });
    });
  };
  return async (name, problem, isHeldUp) => {
    wanted.set(name, problem);
    for (let tries = 0; tries < limits.faultNotesMax && wanted.get(name) === problem; tries++) {
      if (await note(name, problem, isHeldUp)) return;
      await clock.sleep(limits.errorMaxMs);
    }
  };
}

/** null: there is none to keep now. */
function openSpare(): number | null {
  try {
    return openSync('/dev/null', 'r');
  } catch {
    return null;
  }
}
