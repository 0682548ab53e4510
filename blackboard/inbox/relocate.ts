/**
 * Moves one message. A power loss between the two fsyncs of a rename may leave a file under both names (with soft
 * updates; a journal prevents it), and rename(2) between two names of one file does nothing and reports success.
 */
import type { Files } from '#blackboard/system/files.ts';

/** rename(2), after which the message is only at `to`. "gone": another process moved it. */
export async function relocate(files: Files, from: string, to: string): Promise<'moved' | 'gone'> {
  const moved = await files.move(from, to);
  if (moved === 'gone') return moved;
  const left = await files.facts(from);
  if (left && left.inode === (await files.facts(to))?.inode) await files.remove(from);
  return moved;
}
