/** Finds a message by its id alone. Not for hot paths: it lists directories. */
import { join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import { type MessageName, parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface MessageLocation {
  state: 'new' | 'later' | 'cur' | 'done' | 'dead';
  path: string;
  name: MessageName;
  /** The turn that claimed it, if it is in cur. */
  turn: number | null;
}

/**
 * Where the message is, or null. Searches in the order in which messages move, and twice: a message that moves during
 * the search can be missed once. It is missed twice only if it went backwards (a release), which the second round sees.
 */
export async function locate(files: Files, inbox: Inbox, id: string): Promise<MessageLocation | null> {
  return (await findOnce(files, inbox, id)) ?? (await findOnce(files, inbox, id));
}

async function findOnce(files: Files, inbox: Inbox, id: string): Promise<MessageLocation | null> {
  for (const state of ['new', 'later', 'cur', 'dead'] as const) {
    const found = await findIn(files, inbox[state], id, state);
    if (found) return found;
  }
  const days = (await files.list(inbox.done)).sort().reverse();
  for (const day of days) {
    const found = await findIn(files, join(inbox.done, day), id, 'done');
    if (found) return found;
  }
  return null;
}

async function findIn(
  files: Files,
  directory: string,
  id: string,
  state: MessageLocation['state'],
): Promise<MessageLocation | null> {
  for (const entry of await files.list(directory)) {
    if (!entry.includes(id)) continue;
    const claimed = state === 'cur' ? parseClaimedName(entry) : null;
    const name = claimed?.name ?? parseMessageName(entry);
    if (name?.id === id) return { state, path: join(directory, entry), name, turn: claimed?.turn ?? null };
  }
  return null;
}
