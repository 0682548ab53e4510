/** Sends a message and waits for its reply: registers as a waiter, refuses circles, takes the reply. */
import { join } from 'node:path';
import { ackRead } from '#blackboard/inbox/claim.ts';
import { type Delivery, makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import type { Outcome } from '#blackboard/inbox/outcome.ts';
import { closesCircle, liveWaiters, registerWaiter, removeWaiter } from '#blackboard/inbox/waiters.ts';
import { asksForReply } from '#blackboard/messages/message.ts';
import { lifeOfInbox } from '#blackboard/peers/agent-life.ts';
import { deathNoteId } from '#blackboard/peers/notes.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { refusedError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAlive, selfIdentity } from '#blackboard/system/process-identity.ts';
import { keepFresh } from '#blackboard/system/process-mark.ts';
import type { Ask } from '#runner/results/messages.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type Addressed, addressLetter, deliverLetter, type Letter, readWords } from '#runner/verbs/outgoing.ts';
import { subscribeToDirectories, type Waited, waitForReply } from '#runner/verbs/wait-for-reply.ts';
import { wakeSession } from '#runner/verbs/wake-session.ts';

export interface AskInput extends Letter {
  timeoutMs: number;
}

export type AskProgress =
  /** The words are read. A waiter is registered next; only the end of `ask` removes its record. */
  | { step: 'begun' }
  /** It is delivered, and the wait begins. `waits`: why nobody works on it now, and the fix. */
  | { step: 'sent'; id: string; to: string; delivery: Delivery; waits: string | null };

export interface AskOptions {
  /** Ends the wait: the message stays queued. */
  signal: AbortSignal;
  progress?: (now: AskProgress) => void;
}

/**
 * `outcome` null: no reply in time, or before `signal` aborted. The message stays queued, and the reply will come into the
 * inbox. Throws what `send` throws, 64 for a kind that gets no reply, 77 for a circle of waits. The waiter's record is always
 * removed; after a kill the next process that sees it does that.
 */
export async function ask(context: VerbContext, input: AskInput, { signal, progress }: AskOptions): Promise<Ask> {
  const { files, root, env } = context;
  const addressed = await addressLetter(files, root, env, input, systemClock.nowMs());
  const { id, to, sender } = addressed;
  checkAnswerable(addressed);
  const words = await readWords(input);
  progress?.({ step: 'begun' });
  const letGo = keepFresh(join(sender.inbox.waiters, id));
  try {
    await becomeWaiter(context, addressed);
    const delivery = await deliverLetter(files, input, addressed, words);
    if (input.wake !== false) await wakeSession(root, addressed);
    const waits = await whyUnattended(files, root, to, systemClock.nowMs(), env, input.priority);
    progress?.({ step: 'sent', id, to, delivery, waits });
    const waited = await waitForReply({
      files,
      clock: systemClock,
      id,
      to,
      own: sender.inbox,
      theirs: addressed.inbox,
      timeoutMs: input.timeoutMs,
      sentAtMs: delivery === 'duplicate' ? 0 : addressed.atMs,
      signal,
      subscribe: subscribeToDirectories,
    });
    return await resultOf(files, addressed, waited);
  } finally {
    letGo();
    await removeWaiter(files, sender.inbox, { id, identity: selfIdentity() });
  }
}

/** Throws, before anything is sent, if no reply can come. */
function checkAnswerable({ kind }: Addressed): void {
  if (!asksForReply(kind))
    throw usageError(`a ${kind} gets no reply: there is nothing to wait for`, 'Send a request or a question.');
}

/**
 * It registers before it checks: of two that would wait for each other, at least one sees the other. The operator makes no
 * circle: a person can wait in one terminal and answer in another.
 */
async function becomeWaiter({ files, root }: VerbContext, addressed: Addressed): Promise<void> {
  const { id, to, sender } = addressed;
  await makeInbox(files, sender.inbox);
  const waitsOf = async (peer: string): Promise<string[]> => {
    const found = await findPeer(files, root, peer);
    return found && !found.kind.isPerson ? (await liveWaiters(files, found.inbox, isAlive)).map(({ to }) => to) : [];
  };
  // Removes the record that a killed process left under this id (a key that is used again).
  await liveWaiters(files, sender.inbox, isAlive);
  await registerWaiter(files, sender.inbox, { id, to, identity: selfIdentity() });
  const circle = sender.isPerson ? null : await closesCircle(sender.peer, to, waitsOf);
  if (!circle) return;
  const chain = circle.length > 2 ? circle.slice(1).map((peer, at) => `${at === 0 ? '' : 'for '}${peer}`) : [];
  throw refusedError(
    chain.length > 0
      ? `${sender.peer} cannot wait for ${to}: ${chain.join(' waits ')} already, so nobody would ever answer`
      : `${sender.peer} cannot wait for itself: it answers only when this turn is over`,
    'Nothing was sent. Send it without waiting (agent-runner send): the answer comes into your inbox.',
  );
}

async function resultOf(files: Files, addressed: Addressed, waited: Waited): Promise<Ask> {
  const { id } = addressed;
  switch (waited.kind) {
    case 'replied': {
      const { id: reply, from, body, turn = null, denials = [] } = waited.reply;
      return { id, reply: { id: reply, from, body, turn }, outcome: 'replied', denials };
    }
    case 'unanswered': {
      const { outcome } = waited;
      if (outcome.outcome === 'dead') await takeDeathNote(files, addressed, outcome);
      const reason = outcome.reason ?? outcome.undelivered ?? 'it was put away without an answer';
      return { id, reply: null, outcome: outcome.outcome, denials: outcome.denials ?? [], reason };
    }
    default:
      return { id, reply: null, outcome: null, denials: [] };
  }
}

/** Ends the note of this death: the caller is told here. */
async function takeDeathNote(files: Files, addressed: Addressed, outcome: Outcome): Promise<void> {
  const { inbox, peer } = addressed.sender;
  const life = await lifeOfInbox(files, addressed.inbox);
  const noteId = deathNoteId(peer, addressed.to, addressed.id, outcome.at, life);
  const place = await locate(files, inbox, noteId);
  // "gone": another reader of this inbox was faster.
  if (place?.state === 'new') await ackRead(files, inbox, place, false, systemClock.nowMs());
}
