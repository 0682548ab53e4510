/** Counts the dead files in a directory, each with its reason: of an inbox, or of the board. */

import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import type { Files } from '#blackboard/system/files.ts';

export const countDead = async (files: Files, dead: string): Promise<number> =>
  (await files.list(dead)).filter(name => !name.startsWith('.') && !isReason(name)).length;

/** A reason, or a reason that is being written. */
const isReason = (name: string): boolean => name.endsWith(REASON_SUFFIX) || name.includes(`${REASON_SUFFIX}.tmp-`);
