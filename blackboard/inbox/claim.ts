/** What an elected turn does with messages: claim, release, ack, bury. Each is one rename; the name carries the state. */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import type { MessageLocation } from '#blackboard/inbox/locate.ts';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import {
  byAge,
  claimedName,
  formatMessageName,
  type MessageName,
  parseClaimedName,
} from '#blackboard/messages/message-name.ts';
import { localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** A message in cur, under the number of the turn that claimed it. */
export interface Claimed {
  turn: number;
  name: MessageName;
}

/**
 * Renames messages from new to cur, under the turn's number. Returns those that were still there. `unsynced` gets the directories
 * that the caller fsyncs, unless it may show a message again that a power loss puts back into new. A message that cannot be moved
 * stays and does not hold up the others: `onStuck` gets its errno.
 */
export async function claim(
  files: Files,
  inbox: Inbox,
  turn: number,
  names: readonly MessageName[],
  unsynced = new Set<string>(),
  onStuck: (name: MessageName, errno: string) => void | Promise<void> = () => {},
): Promise<MessageName[]> {
  const claimed: MessageName[] = [];
  for (const name of names) {
    const from = join(inbox.new, formatMessageName(name));
    const moved = await relocate(files, from, join(inbox.cur, claimedName(turn, name))).catch(async error => {
      await onStuck(name, await faultOfEntry(files, error, [inbox.new, inbox.cur]));
      return 'stuck';
    });
    if (moved === 'moved') claimed.push(name);
  }
  if (claimed.length > 0) for (const directory of [inbox.cur, inbox.new]) unsynced.add(directory);
  return claimed;
}

/** Everything in cur, in the queue's order. */
export async function listClaimed(files: Files, inbox: Inbox): Promise<Claimed[]> {
  return (await files.list(inbox.cur))
    .map(parseClaimedName)
    .filter(claimed => claimed !== null)
    .sort((a, b) => a.turn - b.turn || byAge(a.name, b.name));
}

/**
 * Back to new, under the name that records what was tried. "gone": somebody else did it. `durable` null:
 * a power loss may undo it.
 */
export async function release(
  files: Files,
  inbox: Inbox,
  claimed: Claimed,
  next: MessageName,
  durable?: null,
): Promise<'moved' | 'gone'> {
  const moved = await relocate(
    files,
    join(inbox.cur, claimedName(claimed.turn, claimed.name)),
    join(inbox.new, formatMessageName(next)),
  );
  if (durable === null) return moved;
  await files.syncDirectory(inbox.new);
  await files.syncDirectory(inbox.cur);
  return moved;
}

/** To done/<day>: its outcome is recorded, and its reply, if one was asked for, is delivered. */
export async function ack(
  files: Files,
  inbox: Inbox,
  path: string,
  name: MessageName,
  nowMs: number,
): Promise<'moved' | 'gone'> {
  const day = join(inbox.done, localDay(nowMs));
  if ((await files.makeDirectory(day)) === 'made') await files.syncDirectory(inbox.done);
  const moved = await relocate(files, path, join(day, formatMessageName(name)));
  await files.syncDirectory(day);
  await files.syncDirectory(join(path, '..'));
  return moved;
}

/**
 * Its reader, a session or a person, puts it away. Outcome first, as after a turn; but what asks for a reply is only read by this, and
 * its outcome is the reply. "gone": another reader moved it.
 */
export async function ackRead(
  files: Files,
  inbox: Inbox,
  { path, name }: Pick<MessageLocation, 'path' | 'name'>,
  asks: boolean,
  nowMs: number,
): Promise<'moved' | 'gone'> {
  if (!(await files.facts(path))) return 'gone';
  const { id } = name;
  const at = new Date(nowMs).toISOString();
  // "exists": it had one before, which stands.
  if (!asks) await writeOutcome(files, inbox, name, { id, outcome: 'done', at });
  const moved = await ack(files, inbox, path, name, nowMs);
  if (moved === 'moved') await recordEvents(files, inbox, at, { type: 'message.acked', id });
  return moved;
}

/** To dead; the reason is written first. Its outcome was recorded and its sender told before this. */
export async function bury(
  files: Files,
  inbox: Inbox,
  path: string,
  name: MessageName,
  reason: string,
): Promise<'moved' | 'gone'> {
  const dead = join(inbox.dead, formatMessageName(name));
  // "exists": by another finisher with the same decision. If the rename says "gone", that finisher's message needs the
  // reason.
  await writeOnce(files, `${dead}${REASON_SUFFIX}`, `${reason}\n`);
  const moved = await relocate(files, path, dead);
  await files.syncDirectory(inbox.dead);
  await files.syncDirectory(join(path, '..'));
  return moved;
}
