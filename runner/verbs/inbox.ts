/** Lists what is unread in an inbox, in the queue's order, and what was read last. Moves nothing: that is `ack`. */
import { tidyInbox } from '#blackboard/inbox/maintain.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Inbox } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { messageResult, readDone, readUnread } from '#runner/verbs/inbox-reading.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';

export interface InboxRead {
  /** The peer whose inbox it is. */
  peer: string;
  messages: Inbox;
  /** How many unread ones are older than these. */
  older: number;
  /** Paths of what lies there and is no message. */
  unreadable: string[];
}

/** `peer`: null is the operator, `self` the caller. `newest`: so many unread ones at most (absent: all). `all`: then those that were read last. Throws 66 for an unknown peer. */
export async function inbox(
  { files, root, env }: VerbContext,
  { peer: named, newest = Number.POSITIVE_INFINITY, all }: { peer: string | null; newest?: number; all: boolean },
): Promise<InboxRead> {
  const peer = await resolveSelf(files, root, env, named ?? OPERATOR);
  const { inbox: layout, kind } = await requirePeer(files, root, peer);
  if (kind.isPerson) await tidyInbox(files, layout, systemClock);
  let older = 0;
  const { letters, unreadable } = await readUnread(files, layout, names => {
    older = Math.max(0, names.length - newest);
    return names.slice(older);
  });
  const done = all ? await readDone(files, layout, limits.doneShown) : [];
  const messages: Inbox = [];
  for (const { message } of letters)
    messages.push({ ...(await messageResult(files, root, layout, message)), unread: true });
  for (const { message } of done)
    messages.push({ ...(await messageResult(files, root, layout, message)), unread: false });
  return { peer, messages, older, unreadable };
}
