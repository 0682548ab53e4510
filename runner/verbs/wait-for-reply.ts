/** Waits for the reply to one message, and takes it. Events are hints; a look at the files decides. */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { ackRead } from '#blackboard/inbox/claim.ts';
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What the wait came to. */
export type Waited =
  | { kind: 'replied'; reply: Message }
  /** The message has an outcome, and no reply will come: dead, done without one, or undeliverable. */
  | { kind: 'unanswered'; outcome: Outcome }
  | { kind: 'timeout' }
  | { kind: 'aborted' };

export interface Wait {
  files: Files;
  clock: Clock;
  /** The message whose reply is awaited, and the peer that must answer it. */
  id: string;
  to: string;
  /** The waiting peer's inbox, and that of `to`. */
  own: Inbox;
  theirs: Inbox;
  timeoutMs: number;
  /** Replies delivered before this instant (Unix milliseconds) answer something else. */
  sentAtMs: number;
  signal: AbortSignal;
  /** Calls back when something may have changed in one of the directories. */
  subscribe(directories: readonly string[], onHint: () => void): Disposable;
}

/** Resolves with the reply, already moved to done, or with why there is none. */
export async function waitForReply(wait: Wait): Promise<Waited> {
  const { clock, signal } = wait;
  const untilMs = clock.monotonicMs() + wait.timeoutMs;
  const seen = new Set<string>();
  let hinted = new AbortController();
  using _subscription = wait.subscribe([wait.own.new, wait.theirs.outcomes], () => hinted.abort());
  for (;;) {
    hinted = new AbortController();
    const found = await look(wait, seen);
    if (found) return found;
    if (signal.aborted) return { kind: 'aborted' };
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) return { kind: 'timeout' };
    await clock.sleep(Math.min(leftMs, limits.replyLookMs), hinted.signal, signal);
  }
}

/** The outcome names the reply. If a runner died before it wrote that, the reply itself names the message. */
async function look(wait: Wait, seen: Set<string>): Promise<Waited | null> {
  const { files, own, theirs, id } = wait;
  const outcome = await readOutcome(files, theirs, id);
  if (outcome?.reply) {
    const place = await locate(files, own, outcome.reply);
    // An old reply, which retention has removed.
    if (!place) return { kind: 'unanswered', outcome };
    const reply = await take(wait, place);
    return reply && { kind: 'replied', reply };
  }
  if (outcome) return { kind: 'unanswered', outcome };
  for (const name of sortMessageNames(await files.list(own.new))) {
    const entry = formatMessageName(name);
    if (name.atMs < wait.sentAtMs || seen.has(entry)) continue;
    seen.add(entry);
    const path = join(own.new, entry);
    const reply = await readReply(files, path);
    if (reply?.kind !== 'answer' || reply.from !== wait.to || !reply.inReplyTo?.includes(id)) continue;
    const taken = await take(wait, { state: 'new', path, name, turn: null });
    if (taken) return { kind: 'replied', reply: taken };
  }
  return null;
}

/** Reads the reply and moves it to done. null: it moved while we looked; look again. */
async function take({ files, own, clock }: Wait, place: MessageLocation): Promise<Message | null> {
  const reply = await readReply(files, place.path);
  if (!reply || place.state !== 'new') return reply;
  // "gone": another reader of this inbox was faster; it is the reply all the same.
  await ackRead(files, own, place, false, clock.nowMs());
  return reply;
}

/** A message, or null. YAML, which takes longer to load than all the rest, is loaded only for one that a person has changed. */
async function readReply(files: Files, path: string): Promise<Message | null> {
  const text = await readText(files, path, limits.recordBytesMax);
  const own = text === null ? null : readOwnMessage(text);
  if (text === null || own) return own;
  const { readMessage } = await import('#blackboard/messages/message-decode.ts');
  return readMessage(files, path);
}

/** fs.watch. A directory that cannot be watched is only polled. */
export function subscribeToDirectories(directories: readonly string[], onHint: () => void): Disposable {
  const watchers = directories.flatMap(directory => {
    try {
      return [watch(directory, onHint).on('error', () => {})];
    } catch {
      return [];
    }
  });
  return {
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close();
    },
  };
}
