/** Scheduled messages: they wait in later/ under the instant when they are due, and are not opened there. */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';

export interface Later {
  /** How many still wait. */
  waiting: number;
  /** When the first of them is due, Unix milliseconds; null: none is scheduled. */
  nextDueMs: number | null;
}

/** Moves due messages from later to new; only the names are read. */
export async function releaseDue(files: Files, inbox: Inbox, nowMs: number): Promise<Later> {
  const names = sortMessageNames(await files.list(inbox.later));
  const due = names.filter(({ atMs }) => atMs <= nowMs);
  for (const name of due) {
    const entry = formatMessageName(name);
    // "gone": another process released or cancelled it. A message that cannot be moved does not hold up the others; it
    // is tried again at the next look.
    const moved = await relocate(files, join(inbox.later, entry), join(inbox.new, entry)).catch(error =>
      faultOfEntry(files, error, [inbox.later, inbox.new]),
    );
    if (moved === 'moved')
      await recordEvents(files, inbox, new Date(nowMs).toISOString(), { type: 'message.due', id: name.id });
  }
  if (due.length > 0) {
    await files.syncDirectory(inbox.new);
    await files.syncDirectory(inbox.later);
  }
  const next = names[due.length];
  return { waiting: names.length - due.length, nextDueMs: next?.atMs ?? null };
}
