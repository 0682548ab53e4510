/**
 * `agent-runner reply`: answers a message that a session or the operator got; whoever waits for it in `ask` has it at
 * once. An agent that does not wait works on it (reply-kind.ts). (An agent's answer is its turn's final text.) What
 * was answered is done.
 */

import { join } from 'node:path';
import { ack } from '#blackboard/inbox/claim.ts';
import { deliver, isTaken } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { lifeOf, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { liveWaiters } from '#blackboard/inbox/waiters.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { findSender, requirePeer, unknownPeer } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { badDataError, exitCode, refusedError, usageError } from '#blackboard/system/errors.ts';
import { readText } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { replyAs } from '#runner/messages/reply-kind.ts';
import { wakeSession } from '#runner/messages/wake-session.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { printJson } from '#runner/text/printing.ts';
import { readPiped } from '#runner/text/stdin-text.ts';

export const command: Declaration = {
  words: 'reply',
  heading: 'Your inbox',
  about: 'answer a message that you got',
  arguments: [
    { name: '<message-id>', completes: 'message' },
    { name: '[text]', about: 'the answer; "-" reads it from stdin' },
  ],
  json: true,
  examples: ['agent-runner reply 5f0c9e1b "yes, go on"', 'agent-runner reply 5f0c9e1b - < answer.md'],
  exits: {
    64: 'nothing to say',
    65: 'it was answered before, with another text',
    66: 'no such message, or its sender is gone',
    77: "it is another peer's",
  },
  allowsExcess: true,
};

export async function run(global: GlobalOptions, messageId: string, text: string | undefined): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { id, inbox, peer } = await requireMessage(files, root, messageId);
  const author = await authorOf(files, root, process.env);
  if (peer !== author)
    throw refusedError(
      `message ${shortId(id)} was sent to "${peer}", and you are "${author}"`,
      'Write to its sender: agent-runner send',
    );
  const message = readOwnMessage((await readText(files, join(inbox.ids, id), limits.recordBytesMax)) ?? '');
  if (!message) throw badDataError(`the file of message ${shortId(id)} cannot be read`);
  const body = text === undefined || text === '-' ? await piped() : text;
  if (body.trim() === '')
    throw usageError(
      'there is nothing to send: no text',
      `Try: agent-runner reply ${shortId(id)} "text" (or "-" for stdin)`,
    );
  const at = new Date().toISOString();
  const reply = derivedId('reply', peer, id);
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
    id: reply,
    from: peer,
    fromId: self.id,
    kind,
    at,
    trace: message.trace,
    hops,
    thread: message.thread,
    inReplyTo: [id],
    body,
  };
  const delivery = await deliver(files, asker.inbox, answer, {
    // What it is to the asker may have changed since: whether it waits for it.
    isSame: (known, mine) => known.from === mine.from && known.body === mine.body,
  }).catch((error: unknown) => {
    throw isTaken(error)
      ? badDataError(
          `message ${shortId(id)} was answered before, with another text (${shortId(reply)})`,
          `Write to its sender anew: agent-runner send ${message.from}`,
        )
      : error;
  });
  const place = await locate(files, inbox, id);
  // "exists": it was answered before, and the delivery says that it was by the same words.
  await writeOutcome(files, inbox, await lifeOf(files, inbox, id, place), { id, outcome: 'replied', at, reply });
  if (place?.state === 'new') await ack(files, inbox, place.path, place.name, Date.now());
  await wakeSession(root, { peer: asker, kind, notBeforeMs: null });
  if (delivery === 'duplicate') process.stderr.write(`agent-runner: already answered: ${reply}\n`);
  if (global.json) printJson({ id: reply, to: message.from, delivery });
  else process.stdout.write(`${reply}\n`);
  if (kind === 'request' && process.stderr.isTTY) {
    const why = await whyUnattended(files, root, message.from, Date.now());
    if (why) process.stderr.write(`agent-runner: the message waits: ${why}\n`);
  }
  return exitCode.ok;
}

async function piped(): Promise<string> {
  if (process.stdin.isTTY) return '';
  const read = await readPiped(process.stdin);
  if (read.kind === 'text') return read.text;
  throw usageError(
    'a reply is short text',
    `Attach a file to a message instead: agent-runner send <peer> --file <path>`,
  );
}
