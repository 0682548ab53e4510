/** How many things lie dead in a directory, each beside its reason: of an inbox, or of the board. */
import type { Files } from '../files.ts';
import { REASON_SUFFIX } from './bury.ts';

export const countDead = async (files: Files, dead: string): Promise<number> =>
  (await files.list(dead)).filter(name => !name.startsWith('.') && !isReason(name)).length;

/** A reason, or the file in which one is being written. */
const isReason = (name: string): boolean => name.endsWith(REASON_SUFFIX) || name.includes(`${REASON_SUFFIX}.tmp-`);
