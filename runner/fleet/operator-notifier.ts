/**
 * `onOperatorMessage` of config.yaml: runs a program of the user's for each new message to the operator, so that what needs
 * a person reaches a screen or a phone. One at a time, each bounded in time, all of them in number; a failure is a line of
 * the log. The mark of a message is made before its program starts: once per message, also over restarts and runners.
 */
import { join } from 'node:path';
import { inboxLayout, operatorLayout, rootLayout } from '#blackboard/layout.ts';
import { deniedText } from '#blackboard/messages/denials.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable } from '#blackboard/text/printable.ts';
import { ownProgramEnv } from '#runner/claude/child-env.ts';
import type { Complain } from '#runner/events/complaints.ts';
import { headLine } from '#runner/text/printing.ts';

/** It ends within `limits.notifierMs`, after one more look. */
export interface OperatorNotifier extends BackgroundService {
  /** From when this has resolved, what comes is new. */
  begin(): Promise<void>;
}

export interface NotifierOptions {
  files: Files;
  root: string;
  clock: Clock;
  /** The program and its arguments, as config.yaml has them: nothing is ever put into them. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  complain: Complain;
  /** Ends the program that runs. */
  stopNow: AbortSignal;
}

export function createOperatorNotifier(options: NotifierOptions): OperatorNotifier {
  const { files, root, clock } = options;
  const complain = (problem: string | null) => options.complain({ peer: null, part: 'onOperatorMessage' }, problem);
  const marks = operatorLayout(root).notified;
  const inbox = inboxLayout(rootLayout(root).operator);
  /** Messages in new that have had their turn. */
  let over = new Set<string>();
  /** Monotonic instants of the last programs, the oldest first. */
  const startedAt: number[] = [];
  let sweptAtMs: number | null = null;
  /** It was to end, and the time that a program has is over. */
  const late = new AbortController();
  const signal = AbortSignal.any([options.stopNow, late.signal]);

  /** Milliseconds until another program may start. */
  const paceMs = (): number => {
    const oldest = startedAt.length < limits.notificationsPerMinute ? undefined : startedAt[0];
    return oldest === undefined ? 0 : Math.max(0, oldest + 60_000 - clock.monotonicMs());
  };

  async function look(): Promise<number> {
    // While the pace holds it up, new messages change nothing.
    if (paceMs() > 0) return paceMs();
    const sinceMs = await notifyingSince(files, root);
    const names = sortMessageNames(await files.list(inbox.new));
    over = new Set(names.map(({ id }) => id).filter(id => over.has(id)));
    for (const name of names) {
      if (over.has(name.id)) continue;
      if (signal.aborted) return 0;
      if (paceMs() > 0) return paceMs();
      await attend(name, sinceMs);
      over.add(name.id);
    }
    await sweep(names);
    return limits.slowLookMs;
  }

  async function attend(name: MessageName, sinceMs: number): Promise<void> {
    const path = join(inbox.new, formatMessageName(name));
    const facts = await files.facts(path);
    if (facts === null || Math.max(facts.mtimeMs, name.atMs) < sinceMs) return;
    // What may not be read is told to nobody, and keeps nobody from the others.
    const text = await unlessDenied(readText(files, path, limits.recordBytesMax), null);
    if (text === null || (await files.create(join(marks, name.id), '')) === 'exists') return;
    startedAt.push(clock.monotonicMs());
    if (startedAt.length > limits.notificationsPerMinute) startedAt.shift();
    await notify(decodeMessage(text, path));
  }

  async function notify(message: Message): Promise<void> {
    const end = await runProgram({
      argv: options.argv,
      env: { ...ownProgramEnv(options.env), ...notifierEnv(root, message) },
      cwd: root,
      input: notificationText(message),
      timeoutMs: limits.notifierMs,
      signal,
    });
    const fault = programFault(end);
    complain(fault && `${headLine(options.argv[0]!, 80)} for ${message.id}: ${headLine(fault, 300)}`);
  }

  /** Marks of messages that have left new; a young one may belong to a message that came after we had looked. */
  async function sweep(present: readonly MessageName[]): Promise<void> {
    if (sweptAtMs !== null && clock.monotonicMs() - sweptAtMs < limits.sweepEveryMs) return;
    sweptAtMs = clock.monotonicMs();
    const ids = new Set(present.map(({ id }) => id));
    for (const id of await files.list(marks)) {
      if (ids.has(id) || id === SINCE) continue;
      const facts = await files.facts(join(marks, id));
      if (facts && clock.nowMs() - facts.mtimeMs > limits.sweepEveryMs) await files.remove(join(marks, id));
    }
  }

  /** A fault is tried again at the next look that is due: nothing waits for this one. */
  const tryLook = (): Promise<number> =>
    look().catch(error => {
      complain(reasonOf(error));
      return limits.slowLookMs;
    });

  const loop = createLookLoop({ clock, look: tryLook, onError: () => {}, looksAtEnd: true });
  return {
    ...loop,
    begin: () => notifyingSince(files, root).then(() => {}),
    [Symbol.asyncDispose]() {
      setTimeout(() => late.abort(), limits.notifierMs).unref();
      return loop[Symbol.asyncDispose]();
    },
  };
}

const SINCE = 'since';

/** Since when messages count as new, by the file system's clock; made when there is a notifier for the first time. */
async function notifyingSince(files: Files, root: string): Promise<number> {
  const { notified } = operatorLayout(root);
  const since = join(notified, SINCE);
  const known = await files.facts(since);
  if (known) return known.mtimeMs;
  await files.makeDirectory(notified);
  await files.create(since, '');
  return (await files.facts(since))?.mtimeMs ?? 0;
}

/** There is no notifier (any more): one that comes later is not told of all that came in between. */
export const forgetNotifier = (files: Files, root: string): Promise<unknown> =>
  files.remove(join(operatorLayout(root).notified, SINCE));

/** On stdin. It begins with a word of ours, so that where it is made an argument, that argument is no flag. */
export function notificationText({ id, from, kind, subject, denials, body }: Message): string {
  const head = headLine(`From ${from}, ${kind}${subject ? `: ${subject}` : ''}`, 200);
  const text = printable(body).trim();
  const cut = text.length <= limits.notificationCharsMax ? text : `${text.slice(0, limits.notificationCharsMax)}…`;
  const denied = denials?.length ? headLine(deniedText(denials), limits.deniedLineCharsMax) : '';
  const answer = kind === 'question' ? `Answer it: agent-runner answer ${shortId(id)} <text>` : '';
  return [head, cut, denied, answer].filter(Boolean).join('\n');
}

/** What a program may pick out instead, and where its own `agent-runner` looks. */
const notifierEnv = (root: string, message: Message): Record<string, string> => ({
  AGENT_RUNNER_HOME: root,
  AGENT_RUNNER_MESSAGE_ID: message.id,
  AGENT_RUNNER_MESSAGE_FROM: message.from,
  AGENT_RUNNER_MESSAGE_KIND: message.kind,
});
