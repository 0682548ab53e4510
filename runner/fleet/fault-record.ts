/** What ails the runner of each agent, into its runner.json: for `status` and `doctor`, which other processes are. */

import { agentLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { noteProblem } from '#runner/agents/agent-lock.ts';
import { keepSpareDescriptor } from '#runner/fleet/spare-descriptor.ts';

/**
 * Notes a problem of that agent's runner (null: none). Where nothing can be written it is tried a few times more, unless
 * something else is to be said by then: the log has it, and status tries the disk itself. That there are no descriptors
 * only this process knows: for that word one is kept.
 */
export type FaultRecord = (name: string, problem: string | null, isHeldUp: boolean) => Promise<void>;

export function createFaultRecord({ files, root, clock }: { files: Files; root: string; clock: Clock }): FaultRecord {
  const reserve = keepSpareDescriptor();
  const syncFiles = createSyncFiles();
  const wanted = new Map<string, string | null>();
  const note = async (name: string, problem: string | null, isHeldUp: boolean): Promise<boolean> => {
    const through = (port: Files) => noteProblem(port, agentLayout(root, name), problem, isHeldUp);
    return through(files)
      .catch(() => reserve.use(() => through(syncFiles)))
      .then(
        () => true,
        () => false,
      );
  };
  return async (name, problem, isHeldUp) => {
    wanted.set(name, problem);
    for (let tries = 0; tries < limits.faultNotesMax && wanted.get(name) === problem; tries++) {
      if (await note(name, problem, isHeldUp)) return;
      await clock.sleep(limits.errorMaxMs);
    }
  };
}
