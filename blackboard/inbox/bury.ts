/** Burial: what cannot become an answered message is moved to dead, with its reason beside it. Nothing is deleted. */
import { join } from 'node:path';
import { type EventSink, recordEvents } from '#blackboard/events/record-events.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** The reason of a dead letter is in a file of the same name with this ending. */
export const REASON_SUFFIX = '.reason';

/**
 * Buries a dropped thing that never became a message, or an entry of the board (whose dead have no `prefix`): reason
 * first, then the rename. Links are not followed.
 */
export async function buryFile(
  files: Files,
  inbox: Pick<Inbox, 'dead'> & EventSink,
  path: string,
  name: string,
  reason: string,
  nowMs: number,
  prefix = 'drop-',
): Promise<void> {
  const file = `${prefix}${newId(nowMs)}-${cleanName(name)}`;
  const dead = join(inbox.dead, file);
  await writeOnce(files, `${dead}${REASON_SUFFIX}`, `${reason}\n`);
  const moved = await files.move(path, dead).catch(async error => {
    // The message stays where it is: there is no reason without its message.
    await files.remove(`${dead}${REASON_SUFFIX}`).catch(() => {});
    throw error;
  });
  if (moved === 'gone') await files.remove(`${dead}${REASON_SUFFIX}`);
  await files.syncDirectory(inbox.dead);
  if (moved === 'gone') return;
  await recordEvents(files, inbox, new Date(nowMs).toISOString(), {
    type: 'drop.buried',
    ...{ name, file, reason, path: dead },
  });
}
