/** Lists dead letters, of one peer or of all: what died, when and why. */
import type { Message } from '#blackboard/messages/message.ts';
import { readMessage } from '#blackboard/messages/message-decode.ts';
import { type DeadLetter, listDeadLetters, nameOfDrop } from '#blackboard/peers/dead-letters.ts';
import type { PeerInbox } from '#blackboard/peers/peer-kind.ts';
import { listInboxes, unknownPeer } from '#blackboard/peers/peers.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isIdPart } from '#blackboard/system/short-id.ts';
import type { DeadList } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';

/** Oldest death first. `peer` null: of all. Throws 66 where there is no such peer, 64 where it can only be a message. */
export async function deadList(context: VerbContext, { peer }: { peer: string | null }): Promise<DeadList> {
  const { files } = context;
  const letters = await listDeadLetters(files, await inboxesOf(context, peer));
  return Promise.all(
    letters.map(async letter => {
      const message = await messageOf(files, letter);
      return {
        peer: letter.peer,
        id: letter.id,
        file: letter.file,
        droppedAs: nameOfDrop(letter),
        at: new Date(letter.atMs).toISOString(),
        from: message?.from ?? null,
        kind: message?.kind ?? null,
        reason: letter.reason,
      };
    }),
  );
}

async function inboxesOf({ files, root, env }: VerbContext, typed: string | null): Promise<PeerInbox[]> {
  const inboxes = await listInboxes(files, root);
  if (typed === null) return inboxes;
  const peer = await resolveSelf(files, root, env, typed);
  const found = inboxes.filter(inbox => inbox.peer === peer);
  if (found.length > 0) return found;
  if (isIdPart(peer)) throw usageError(`${peer} is a message`, `Look at it: agent-runner dead show ${peer}`);
  throw await unknownPeer(files, root, peer);
}

async function messageOf(files: Files, letter: DeadLetter): Promise<Message | null> {
  if (!letter.name) return null;
  // It may be dead because it may not be read.
  return unlessDenied(readMessage(files, letter.path), null);
}
