/**
 * Retention of an inbox, an agent's, a session's or the operator's: messages that are done, with their ids, outcomes and
 * attachments. What nobody has acknowledged (new, later, cur, dead) stays, however old.
 */
import { join } from 'node:path';
import { localDay } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { isMessageId } from '../../blackboard/ids.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import { type MessageName, parseClaimedName, parseMessageName } from '../../blackboard/message-name.ts';
import { removeTree } from '../../blackboard/remove-tree.ts';

const DAY_MS = 86_400_000;

/** One sweep; it yields after every few effects. */
export async function* sweepInbox(files: Files, inbox: Inbox, days: number, nowMs: number): AsyncGenerator<void> {
  const held = await heldMessages(files, inbox);
  const kept = new Set(held.map(({ id }) => id));
  yield* sweepDone(files, inbox, days, nowMs, kept);
  yield* sweepForgotten(files, inbox, nowMs - days * DAY_MS, kept);
}

/** The folders of done/ that go: all of their days are further back than `days`. */
export function planDays(folders: readonly string[], days: number, nowMs: number): string[] {
  const first = localDay(nowMs - days * DAY_MS);
  return folders.filter(folder => /^\d{4}-\d\d-\d\d$/.test(folder) && folder < first).sort();
}

/** Messages that are not over: in new, later, cur and dead. */
export async function heldMessages(files: Files, inbox: Inbox): Promise<(MessageName & { turn: number | null })[]> {
  const held: (MessageName & { turn: number | null })[] = [];
  for (const directory of [inbox.new, inbox.later, inbox.dead, inbox.cur, inbox.new])
    for (const entry of await files.list(directory)) {
      const claimed = directory === inbox.cur ? parseClaimedName(entry) : null;
      const name = claimed?.name ?? parseMessageName(entry);
      if (name) held.push({ ...name, turn: claimed?.turn ?? null });
    }
  return held;
}

/** Whole days of done/: each message's attachments, id and outcome first, its file last: by it the sweep finds the others. */
async function* sweepDone(
  files: Files,
  inbox: Inbox,
  days: number,
  nowMs: number,
  kept: ReadonlySet<string>,
): AsyncGenerator<void> {
  const folders = planDays(await files.list(inbox.done), days, nowMs);
  if (folders.length === 0) return;
  const outcomes = await outcomesById(files, inbox);
  for (const folder of folders) {
    const home = join(inbox.done, folder);
    for (const entry of await files.list(home)) {
      const id = parseMessageName(entry)?.id;
      // A person put a copy of it back to work, or a file of their own here.
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
 * Ids, outcomes and attachments whose message lies nowhere (a person removed it, or its sweep was cut short), once they are
 * old. An id is a hard link to its message: with a second name it is somewhere, wherever that is.
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

/** Messages in done, and drops that are about to become messages. */
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
