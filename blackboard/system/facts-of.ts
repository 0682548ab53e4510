/** What the file port tells of a file, from what stat(2) said of it. */
import type { Stats } from 'node:fs';
import type { FileFacts } from '#blackboard/system/files.ts';

export const factsOf = (found: Stats): FileFacts => ({
  kind: kindOf(found),
  sizeBytes: found.size,
  mtimeMs: found.mtimeMs,
  changedMs: found.ctimeMs,
  inode: found.ino,
  links: found.nlink,
});

function kindOf(found: Stats): FileFacts['kind'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'link';
  if (found.isFIFO()) return 'fifo';
  return found.isSocket() ? 'socket' : 'other';
}
