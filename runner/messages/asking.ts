/** Send and wait: registers as a waiter, refuses circles, sends, prints the reply. What `ask` and `send --wait` share. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ack } from '#blackboard/inbox/claim.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { type Outcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { closesCircle, liveWaiters, registerWaiter, removeWaiter } from '#blackboard/inbox/waiters.ts';
import { type Denial, deniedText } from '#blackboard/messages/denials.ts';
import { asksForReply } from '#blackboard/messages/message.ts';
import { lifeOfInbox } from '#blackboard/peers/agent-life.ts';
import { deathNoteId } from '#blackboard/peers/notes.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode, refusedError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, selfIdentity } from '#blackboard/system/process-identity.ts';
import { keepFresh } from '#blackboard/system/process-mark.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { type Addressed, deliverLetter, type Letter, readWords } from '#runner/messages/outgoing.ts';
import { subscribeToDirectories, type Wait, type Waited, waitForReply } from '#runner/messages/wait-for-reply.ts';
import { wakeSession } from '#runner/messages/wake-session.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';

export interface Asking {
  files: Files;
  root: string;
  letter: Letter;
  addressed: Addressed;
  timeoutMs: number;
  json: boolean;
  stdin: Readable & { isTTY?: boolean };
  /** An idle session is woken for it. */
  isWaking: boolean;
}

/** `600` → 600,000 ms. Throws a usage error that names the flag. */
export function parseSeconds(flag: string, text: string): number {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
  throw usageError(`expected ${flag} to be a number of seconds, got ${JSON.stringify(text.slice(0, 40))}`);
}

/** Throws what makes waiting pointless, before anything is sent. */
export function checkAnswerable({ kind }: Addressed): void {
  if (!asksForReply(kind))
    throw usageError(`a ${kind} gets no reply: there is nothing to wait for`, 'Send a request or a question.');
}

/**
 * Sends and waits. Exit codes: 0 the reply is printed · 1 there is none (dead) · 75 time-out, the message stays queued ·
 * 77 a circle of waits. A signal ends the wait and then the process, as the signal would have. The waiter's record goes
 * whatever happens; a killed one is cleared away by whoever sees it next.
 * --json: {id, reply: {id, from, body, turn} | null, outcome: "replied" | "dead" | "done" | null, denials, reason?}.
 */
export async function sendAndWait(asking: Asking): Promise<number> {
  const { files, addressed } = asking;
  const { id, sender } = addressed;
  checkAnswerable(addressed);
  const words = await readWords(asking.letter, asking.stdin);
  const interrupted = catchSignals();
  const letGo = keepFresh(join(sender.inbox.waiters, id));
  try {
    await becomeWaiter(asking);
    const delivery = await deliverLetter(files, asking.letter, addressed, words);
    if (delivery === 'duplicate') process.stderr.write(`agent-runner: already sent: ${id}; waiting for its reply\n`);
    if (asking.isWaking) await wakeSession(asking.root, addressed);
    await sayIfUnattended(asking);
    const waited = await showingWait(asking, {
      files,
      clock: systemClock,
      id,
      to: addressed.to,
      own: sender.inbox,
      theirs: addressed.inbox,
      timeoutMs: asking.timeoutMs,
      sentAtMs: delivery === 'duplicate' ? 0 : addressed.atMs,
      signal: interrupted.signal,
      subscribe: subscribeToDirectories,
    });
    return await tell(asking, waited);
  } finally {
    letGo();
    await removeWaiter(files, sender.inbox, { id, identity: selfIdentity() });
    interrupted.letGo();
  }
}

async function showingWait({ addressed, json }: Asking, wait: Wait): Promise<Waited> {
  using _shown = showWaiting(`waiting for ${addressed.to} to answer`, { json, catchesSignals: true });
  return await waitForReply(wait);
}

/** Aborts at the first signal that would end the process; `letGo`, or a second one, then lets it end by that signal. */
function catchSignals(): { signal: AbortSignal; letGo(): void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let caught: NodeJS.Signals | undefined;
  const letGo = () => {
    for (const signal of signals) process.off(signal, onSignal);
    if (!caught) return;
    // proper-lockfile's signal-exit listens as well, and a signal that is listened to may come after the exit.
    process.removeAllListeners(caught);
    process.kill(process.pid, caught);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (caught) return letGo();
    caught = signal;
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return { signal: controller.signal, letGo };
}

/**
 * Registered first, checked then: of two that would wait for each other, at least one sees the other. The operator is
 * part of no circle: a person who waits in one terminal answers in another.
 */
async function becomeWaiter({ files, root, addressed }: Asking): Promise<void> {
  const { id, to, sender } = addressed;
  if (!(await files.facts(sender.inbox.waiters))) await makeInbox(files, sender.inbox);
  const waitsOf = async (peer: string): Promise<string[]> => {
    const found = await findPeer(files, root, peer);
    return found && !found.kind.isPerson ? (await liveWaiters(files, found.inbox, isAlive)).map(({ to }) => to) : [];
  };
  // Clears away what a killed process left under this very name (a key that is asked for again).
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

/** Whoever waits should know that it may be long. */
async function sayIfUnattended({ files, root, addressed }: Asking): Promise<void> {
  const why = await whyUnattended(files, root, addressed.to, systemClock.nowMs());
  if (why) process.stderr.write(`agent-runner: the message waits: ${why}\n`);
}

async function tell(asking: Asking, waited: Waited): Promise<number> {
  const { addressed, json } = asking;
  const { id, to } = addressed;
  const look = `Look: agent-runner trace ${shortId(id)}`;
  switch (waited.kind) {
    case 'replied': {
      const { reply } = waited;
      const shown = { id: reply.id, from: reply.from, body: reply.body, turn: reply.turn ?? null };
      const { denials = [] } = reply;
      if (json) printJson({ id, reply: shown, outcome: 'replied', denials });
      else printText(reply.body);
      sayDenied(denials);
      return exitCode.ok;
    }
    case 'unanswered': {
      const { outcome } = waited;
      const reason = outcome.reason ?? outcome.undelivered ?? 'it was put away without an answer';
      if (outcome.outcome === 'dead') await takeDeathNote(asking, outcome);
      const { denials = [] } = outcome;
      if (json) printJson({ id, reply: null, outcome: outcome.outcome, denials, reason });
      process.stderr.write(
        `agent-runner: no reply from ${to}: message ${shortId(id)} is ${outcome.outcome}: ${reason}\n  ${look}\n`,
      );
      sayDenied(denials);
      return exitCode.no;
    }
    case 'timeout':
      if (json) printJson({ id, reply: null, outcome: null, denials: [] });
      throw temporaryError(
        `no reply from ${to} within ${asking.timeoutMs / 1000} s; message ${shortId(id)} stays queued, and the reply will come into your inbox`,
        look,
      );
    case 'aborted':
      process.stderr.write(`agent-runner: stopped waiting; message ${shortId(id)} stays queued\n  ${look}\n`);
      return exitCode.temporary;
  }
}

/** One line under the reply; stdout has the reply alone. */
function sayDenied(denials: readonly Denial[]): void {
  if (denials.length > 0)
    process.stderr.write(`agent-runner: ${headLine(deniedText(denials), limits.deniedLineCharsMax)}\n`);
}

/** The note of this death has been told by now: it need not be read a second time. */
async function takeDeathNote({ files, addressed }: Asking, outcome: Outcome): Promise<void> {
  const { inbox, peer } = addressed.sender;
  const life = await lifeOfInbox(files, addressed.inbox);
  const noteId = deathNoteId(peer, addressed.to, addressed.id, outcome.at, life);
  const place = await locate(files, inbox, noteId);
  if (place?.state !== 'new') return;
  const nowMs = systemClock.nowMs();
  // "exists", "gone": whoever reads this inbox was faster.
  await writeOutcome(files, inbox, place.name, { id: noteId, outcome: 'done', at: new Date(nowMs).toISOString() });
  await ack(files, inbox, place.path, place.name, nowMs);
}
