/** Messages for later: they wait in later/ under the instant from which they may be worked on, and are never opened there. */
import { join } from 'node:path';
import { relocate } from '#blackboard/inbox/relocate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';

export interface Later {
  /** How many still wait. */
  waiting: number;
  /** When the first of them is due, Unix milliseconds; null: none waits. */
  nextDueMs: number | null;
}

/** Moves what is due from later to new, by its name alone. */
export async function releaseDue(files: Files, inbox: Inbox, nowMs: number): Promise<Later> {
  const names = sortMessageNames(await files.list(inbox.later));
  const due = names.filter(({ atMs }) => atMs <= nowMs);
  for (const name of due) {
    const entry = formatMessageName(name);
    // "gone": somebody else has released or cancelled it. One that cannot be moved holds up no other; it is tried again at the next look.
    await relocate(files, join(inbox.later, entry), join(inbox.new, entry)).catch(error =>
      faultOfEntry(files, error, [inbox.later, inbox.new]),
    );
  }
  if (due.length > 0) {
    await files.syncDirectory(inbox.new);
    await files.syncDirectory(inbox.later);
  }
  const next = names[due.length];
  return { waiting: names.length - due.length, nextDueMs: next?.atMs ?? null };
}
