/**
 * `agent-runner inbox`: what is unread in an inbox, the newest last; yours, the operator's, unless a peer is named (in
 * an agent's turn: `self`). --all goes on with what was read last. --ack moves what was unread to done; the requests
 * and questions in an agent's inbox are its work and stay.
 */

import { tidyInbox } from '#blackboard/inbox/maintain.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { deniedText } from '#blackboard/messages/denials.ts';
import { OPERATOR, requirePeer } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { answeredBy, gistOf } from '#runner/messages/gist.ts';
import {
  ackLetter,
  isOnlyRead,
  type Letter,
  messageJson,
  readDone,
  readUnread,
} from '#runner/messages/inbox-reading.ts';
import { resolveSelf } from '#runner/messages/sender.ts';
import { cutTo, terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { instantText, plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'inbox',
  heading: 'Your inbox',
  about: 'what lies in an inbox (default: yours, the operator’s)',
  arguments: [{ name: '[peer]', completes: 'peer' }],
  options: [
    { flags: '--all', about: 'go on with what was read last' },
    { flags: '--ack', about: 'move what is unread to done' },
  ],
  json: true,
  examples: ['agent-runner inbox', 'agent-runner inbox --all --json'],
  exits: { 66: 'no such peer' },
};

export async function run(
  global: GlobalOptions,
  typed: string | undefined,
  options: { ack?: boolean; all?: boolean },
): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const peer = await resolveSelf(files, root, process.env, typed ?? OPERATOR);
  const inbox = await requirePeer(files, root, peer);
  if (peer === OPERATOR) await tidyInbox(files, inbox, systemClock);
  const { letters: unread, unreadable } = await readUnread(files, inbox);
  const done = options.all ? await readDone(files, inbox, limits.doneShown) : [];
  if (global.json)
    printJson([
      ...unread.map(({ message }) => ({ ...messageJson(inbox, message), unread: true })),
      ...done.map(({ message }) => ({ ...messageJson(inbox, message), unread: false })),
    ]);
  else {
    const [fresh, before] = [await listed(files, root, unread), await listed(files, root, done)];
    process.stdout.write(wrapTo(render(peer, fresh, before, Date.now()), terminalColumns()));
  }
  for (const path of unreadable)
    process.stderr.write(`agent-runner: ${printableLine(path)} is not a message: look at it, and move it elsewhere\n`);
  if (options.ack) await ackShown(files, inbox, peer, unread);
  return exitCode.ok;
}

const textCharsMax = 160;

/** A letter, and what it answers. */
type Listed = Letter & { answers: string[] };

const listed = (files: Files, root: string, letters: readonly Letter[]): Promise<Listed[]> =>
  Promise.all(letters.map(async each => ({ ...each, answers: await answeredBy(files, root, each.message) })));

function render(peer: string, unread: readonly Listed[], done: readonly Listed[], nowMs: number): string {
  const fresh =
    unread.length === 0
      ? `Nothing unread in ${peer === OPERATOR ? 'your' : `${peer}'s`} inbox.\n`
      : lines(unread, nowMs);
  return done.length === 0 ? fresh : `${fresh}\nRead before:\n${lines(done, nowMs)}`;
}

const lines = (letters: readonly Listed[], nowMs: number): string =>
  letters
    .map(({ message, answers }) => {
      const { at, from, kind, id, denials } = message;
      const answered = answers.length > 0 ? ` to ${answers.join(', ')}` : '';
      const denied = denials?.length ? `    ${headLine(deniedText(denials), textCharsMax)}\n` : '';
      return `${shortId(id)}  ${instantText(Date.parse(at), nowMs)}  ${headLine(from, 60)}  ${kind}${answered}\n    ${cutTo(gistOf(message, textCharsMax), (terminalColumns() ?? Number.POSITIVE_INFINITY) - 4)}\n${denied}`;
    })
    .join('');

async function ackShown(files: Files, inbox: Inbox, peer: string, unread: readonly Letter[]): Promise<void> {
  const mine = unread.filter(letter => isOnlyRead(peer, letter));
  for (const letter of mine) await ackLetter(files, inbox, letter);
  const left = unread.length - mine.length;
  if (left > 0)
    process.stderr.write(
      `agent-runner: ${plural(left, 'message')} stayed: requests and questions are ${peer}'s work; agent-runner cancel <message-id> ends one\n`,
    );
}
