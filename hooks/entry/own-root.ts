/** Whether a root is its user's alone: what lies in it speaks to a model. */
import { statSync } from 'node:fs';

/** Throws if others can write there: the same rule as for every command (blackboard/root.ts). */
export function requireShut(directory: string): void {
  const { mode, uid } = statSync(directory);
  if (uid !== process.getuid?.()) throw new Error(`${directory} is not yours`);
  if ((mode & 0o022) !== 0) throw new Error(`others can write in ${directory}: shut it with chmod 700 ${directory}`);
}
