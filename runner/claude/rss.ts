/** How much memory a process has. */
import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';

const MIB = 1024 * 1024;
/** statm counts in pages: 4 KiB wherever Node runs on Linux but for some arm64 and ppc64, where this is too little. */
const PAGE = 4096;

/** Memory of a process; null where it cannot be read (macOS). */
export function rssMiB({ pid }: ProcessIdentity): number | null {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE) / MIB;
  } catch {
    return null;
  }
}
