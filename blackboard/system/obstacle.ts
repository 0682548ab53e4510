/** What prevents reading a file, or moving something elsewhere: asked (access(2)), not tried, so nothing changes. */
import { accessSync, constants } from 'node:fs';
import { errnoOf } from '#blackboard/system/errors.ts';

/** The errno, or null: nothing does, or it is gone. */
export function obstacle(path: string, to: 'read' | 'write'): string | null {
  try {
    accessSync(path, to === 'read' ? constants.R_OK : constants.W_OK);
    return null;
  } catch (error) {
    const errno = errnoOf(error) ?? 'EACCES';
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? null : errno;
  }
}
