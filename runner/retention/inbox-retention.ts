/**
 * Retention of an inbox of an agent, a session or the operator: done messages with their ids, outcomes and attachments.
 * What nobody has acknowledged (new, later, cur, dead) stays, however old.
 */
import { join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import { type MessageName, parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { DAY_MS, localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';
import type { Retention } from '#runner/agents/config.ts';

export type InboxRetention = Pick<Retention, 'days' | 'doneBytes'>;

/** One sweep; it yields after every few effects. */
export async function* sweepInbox(
  files: Files,
  inbox: Inbox,
  retention: InboxRetention,
  nowMs: number,
): AsyncGenerator<void> {
  const held = await heldMessages(files, inbox);
  const kept = new Set(held.map(({ id }) => id));
  yield* sweepDone(files, inbox, retention, nowMs, kept);
  yield* sweepForgotten(files, inbox, nowMs - retention.days * DAY_MS, kept);
}

/** A folder of done/, with the size of its messages and their attachments. */
export interface DoneDay {
  folder: string;
  sizeBytes: number;
}

/** The folders to remove, oldest first: those whose whole day is older than `days`; then as many as exceed the size. */
export function planDays(all: readonly DoneDay[], { days, doneBytes }: InboxRetention, nowMs: number): string[] {
  const [first, yesterday] = [localDay(nowMs - days * DAY_MS), localDay(nowMs - limits.turnKeepMs)];
  let bytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const swept: string[] = [];
  for (const { folder, sizeBytes } of [...all].sort((a, b) => (a.folder < b.folder ? -1 : 1))) {
    if (folder >= first && (bytes <= doneBytes || folder >= yesterday)) break;
    swept.push(folder);
    bytes -= sizeBytes;
  }
  return swept;
}

/** Messages that are not finished: in new, later, cur and dead. */
export async function heldMessages(files: Files, inbox: Inbox): Promise<(MessageName & { turn: number | null })[]> {
  const held: (MessageName & { turn: number | null })[] = [];
  // A message that moves meanwhile (later → new → cur → new or dead, dead → new) is met in one directory or the other.
  for (const directory of [inbox.new, inbox.later, inbox.dead, inbox.cur, inbox.dead, inbox.new])
    for (const entry of await files.list(directory)) {
      const claimed = directory === inbox.cur ? parseClaimedName(entry) : null;
      const name = claimed?.name ?? parseMessageName(entry);
      if (name) held.push({ ...name, turn: claimed?.turn ?? null });
    }
  return held;
}

/**
 * Whole days of done/: each message's attachments, id and outcome first, its file last: with it the next sweep finds
 * the others.
 */
async function* sweepDone(
  files: Files,
  inbox: Inbox,
  retention: InboxRetention,
  nowMs: number,
  kept: ReadonlySet<string>,
): AsyncGenerator<void> {
  const days: DoneDay[] = [];
  const attached = new Set(await files.list(inbox.files));
  for (const folder of await files.list(inbox.done)) {
    if (!/^\d{4}-\d\d-\d\d$/.test(folder)) continue;
    const day = { folder, sizeBytes: 0 };
    for await (const sizeBytes of weigh(files, inbox, folder, attached)) {
      day.sizeBytes += sizeBytes;
      yield;
    }
    days.push(day);
  }
  const folders = planDays(days, retention, nowMs);
  if (folders.length === 0) return;
  const outcomes = await outcomesById(files, inbox);
  for (const folder of folders) {
    const home = join(inbox.done, folder);
    for (const entry of await files.list(home)) {
      const id = parseMessageName(entry)?.id;
      // A person put a copy of it back to work, or their own file here.
      if (id === undefined || kept.has(id)) continue;
      yield* removeTree(files, join(inbox.files, id));
      for (const outcome of outcomes.get(id) ?? []) await files.remove(join(inbox.outcomes, outcome));
      await files.remove(join(inbox.ids, id));
      await files.remove(join(home, entry));
      yield;
    }
    if ((await files.list(home)).length === 0) await files.remove(home);
  }
}

/** Bytes of each message of a day, and of what goes with it. */
async function* weigh(
  files: Files,
  inbox: Inbox,
  folder: string,
  attached: ReadonlySet<string>,
): AsyncGenerator<number> {
  for (const entry of await files.list(join(inbox.done, folder))) {
    const paths = [join(inbox.done, folder, entry)];
    const id = parseMessageName(entry)?.id ?? '';
    if (attached.has(id))
      for (const name of await files.list(join(inbox.files, id))) paths.push(join(inbox.files, id, name));
    let sizeBytes = 0;
    for (const path of paths) sizeBytes += (await files.facts(path))?.sizeBytes ?? 0;
    yield sizeBytes;
  }
}

/** `<id>`, and `<id>.<n>` and `<id>.<n>.requeued` of those that were put back. */
async function outcomesById(files: Files, inbox: Inbox): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const entry of await files.list(inbox.outcomes)) {
    const id = entry.slice(0, 36);
    found.set(id, [...(found.get(id) ?? []), entry]);
  }
  return found;
}

/**
 * Ids, outcomes and attachments without a message (a person removed it, or its sweep was interrupted), once they are
 * old. An id is a hard link to its message: with a second name the message exists somewhere.
 */
async function* sweepForgotten(
  files: Files,
  inbox: Inbox,
  beforeMs: number,
  kept: ReadonlySet<string>,
): AsyncGenerator<void> {
  const placed = await placedIds(files, inbox);
  const isForgotten = (id: string) => isMessageId(id) && !kept.has(id) && !placed.has(id);
  for (const directory of [inbox.outcomes, inbox.ids, inbox.files])
    for (const entry of await files.list(directory)) {
      if (!isForgotten(entry.slice(0, 36))) continue;
      const facts = await files.facts(join(directory, entry));
      yield;
      if (!facts || facts.mtimeMs >= beforeMs || (directory === inbox.ids && facts.links > 1)) continue;
      yield* removeTree(files, join(directory, entry));
    }
}

/** Messages in done, and drops that are becoming messages. */
async function placedIds(files: Files, inbox: Inbox): Promise<Set<string>> {
  const placed = new Set<string>();
  for (const folder of await files.list(inbox.done))
    for (const entry of await files.list(join(inbox.done, folder))) {
      const name = parseMessageName(entry);
      if (name) placed.add(name.id);
    }
  for (const entry of await files.list(inbox.tmp)) if (entry.startsWith('drop-')) placed.add(entry.slice(5, 41));
  return placed;
}
