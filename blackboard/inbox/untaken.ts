/** Which drops in a directory cannot be taken, as far as a process that only looks can tell. Changes nothing. */
import { join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';

/** Those of the names that cannot be read (files) or moved away (what is no file). */
export async function untaken(files: Files, directory: string, names: readonly string[]): Promise<LeftDrop[]> {
  const found: LeftDrop[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const facts = await files.facts(path);
    if (facts?.kind !== 'file' && facts?.kind !== 'directory') continue;
    const errno = await files.obstacle(path, facts.kind === 'file' ? 'read' : 'write');
    if (errno !== null) found.push({ name, path, kind: facts.kind, errno });
  }
  return found;
}
