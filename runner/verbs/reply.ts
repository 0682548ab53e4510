/**
 * Answers a message to a session or the operator, which is then done. An `ask` that waits gets the answer at once; an agent
 * that does not wait works on it (reply-kind.ts). An agent's own answer is its turn's final text.
 */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { ack } from '#blackboard/inbox/claim.ts';
import { deliver, isTaken } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { lifeOf, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { liveWaiters } from '#blackboard/inbox/waiters.ts';
import { leastBudget, type Message } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { type KnownMessage, requireMessage } from '#blackboard/peers/known-message.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { findSender, requirePeer, unknownPeer } from '#blackboard/peers/peers.ts';
import { badDataError, refusedError, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { callerOf } from '#runner/agents/caller.ts';
import { requirePerson } from '#runner/agents/person.ts';
import type { Reply } from '#runner/results/messages.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { readPiped } from '#runner/text/stdin-text.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { replyAs } from '#runner/verbs/reply-kind.ts';
import { wakeSession } from '#runner/verbs/wake-session.ts';

export interface ReplyInput {
  /** The answered message's id, or its unique beginning. */
  id: string;
  /** The words, or a stream of them; null: none. */
  text: string | AsyncIterable<Uint8Array> | null;
  /** If the reply is work: also finds out why nobody would work on it now. */
  explains?: boolean;
}

/**
 * The same reply twice is one reply. Throws 64 for an empty text, 65 if another text was the answer before, 66 for an unknown
 * message or a sender that is gone, 77 for a message to somebody else, and for a question to the operator unless a person calls.
 */
export async function reply(context: VerbContext, input: ReplyInput): Promise<Reply> {
  const { files, root, env } = context;
  const known = await requireMessage(files, root, input.id);
  const { id, peer } = known;
  const author = (await callerOf(files, root, env)).peer;
  if (peer !== author)
    throw refusedError(
      `message ${shortId(id)} was sent to "${peer}", and you are "${author}"`,
      'Write to its sender: agent-runner send',
    );
  const message = await readMessage(files, known);
  // It is a card, too: whichever command answers it, only its person does.
  if (peer === OPERATOR && message.kind === 'question') await requirePerson(files, root, env, 'reply to a question');
  return replyTo(context, known, message, input);
}

/** The reply of somebody who may. */
export async function replyTo(
  { files, root, env }: VerbContext,
  { id, inbox, peer }: KnownMessage,
  message: Message,
  input: Omit<ReplyInput, 'id'>,
): Promise<Reply> {
  const body = await textFrom(input.text);
  if (body.trim() === '')
    throw usageError(
      'there is nothing to send: no text',
      `Try: agent-runner reply ${shortId(id)} "text" (or "-" for stdin)`,
    );
  const at = new Date().toISOString();
  const replyId = derivedId('reply', peer, id);
  const asker = await findSender(files, root, message);
  if (!asker) throw await unknownPeer(files, root, message.from);
  const self = await requirePeer(files, root, peer);
  const { kind, hops } = replyAs({
    from: self.kind,
    to: asker.kind,
    isAwaited: (await liveWaiters(files, asker.inbox, isAlive)).some(waiter => waiter.id === id),
    hops: message.hops,
  });
  const answer: Message = {
    id: replyId,
    from: peer,
    fromId: self.id,
    kind,
    at,
    trace: message.trace,
    budgetUsd: leastBudget(message.budgetUsd),
    hops,
    thread: message.thread,
    inReplyTo: [id],
    body,
  };
  const delivery = await deliver(files, asker.inbox, answer, {
    // The kind may differ: the asker may not wait any more.
    isSame: (known, mine) => known.from === mine.from && known.body === mine.body,
  }).catch((error: unknown) => {
    throw isTaken(error)
      ? badDataError(
          `message ${shortId(id)} was answered before, with another text (${shortId(replyId)})`,
          `Write to its sender again: agent-runner send ${message.from}`,
        )
      : error;
  });
  const place = await locate(files, inbox, id);
  // "exists": it was answered before, and the delivery says that it was by the same words.
  const life = await lifeOf(files, inbox, id, place);
  if ((await writeOutcome(files, inbox, life, { id, outcome: 'replied', at, reply: replyId })) === 'written')
    await recordEvents(files, inbox, at, { type: 'message.replied', id, turn: null, reply: replyId });
  if (place?.state === 'new') await ack(files, inbox, place.path, place.name, Date.now());
  await wakeSession(root, { peer: asker, kind, notBeforeMs: null });
  const replied = { id: replyId, to: message.from, delivery };
  if (!input.explains || kind !== 'request') return replied;
  return { ...replied, waits: await whyUnattended(files, root, message.from, Date.now(), env) };
}

/** Throws 65 if it cannot be read. */
export async function readMessage(files: Files, { id, inbox }: KnownMessage): Promise<Message> {
  const message = readOwnMessage((await readText(files, join(inbox.ids, id), limits.recordBytesMax)) ?? '');
  if (!message) throw badDataError(`the file of message ${shortId(id)} cannot be read`);
  return message;
}

async function textFrom(text: ReplyInput['text']): Promise<string> {
  if (text === null || typeof text === 'string') return text ?? '';
  const read = await readPiped(text);
  if (read.kind === 'text') return read.text;
  throw usageError(
    'a reply is short text',
    `Attach a file to a message instead: agent-runner send <peer> --file <path>`,
  );
}
