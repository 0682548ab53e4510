/** Whether a disk has room for the next turn. */
import { statfsSync } from 'node:fs';
import { limits } from '#blackboard/system/limits.ts';

export interface FreeSpace {
  freeBytes: number;
  /** Below this no turn is started: a disk that fills up in the middle of one costs an attempt. */
  neededBytes: number;
  /** Names for files; null where the file system has no such limit. */
  freeNames: number | null;
}

/** Synchronous: every turn asks, and it is one look at the file system that all the others use. */
export async function freeSpaceOf(directory: string): Promise<FreeSpace> {
  const found = statfsSync(directory);
  return {
    freeBytes: found.bavail * found.bsize,
    neededBytes: Math.min(limits.freeBytesMin, Math.floor((found.blocks * found.bsize) / 20)),
    freeNames: found.files > 0 ? found.ffree : null,
  };
}

/** Throws ENOSPC, as a write would, when there is no room for a turn. */
export async function requireRoom(directory: string): Promise<void> {
  const { freeBytes, neededBytes, freeNames } = await freeSpaceOf(directory);
  if (freeBytes >= neededBytes && freeNames !== 0) return;
  throw Object.assign(new Error(`ENOSPC: ${freeBytes} bytes are free, a turn may need ${neededBytes}`), {
    code: 'ENOSPC',
  });
}
