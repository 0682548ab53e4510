/**
 * `agent-runner inbox`: what is unread in an inbox, the newest last; yours, the operator's, unless a peer is named (in an
 * agent's turn: `self`). --all goes on with what was read last. --ack moves what was unread to done; the requests and
 * questions in an agent's inbox are its work and stay. Exit codes: 0 · 66 no such peer. --json: docs/json.md.
 */

import { systemClock } from '../../blackboard/clock.ts';
import { deniedText } from '../../blackboard/denials.ts';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { tidyInbox } from '../../blackboard/inbox/tidy.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { OPERATOR, requirePeer } from '../../blackboard/peers.ts';
import { printableLine } from '../../blackboard/printable.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { shortId } from '../../blackboard/short-id.ts';
import { answeredBy, gistOf } from '../messages/gist.ts';
import { ackLetter, isOnlyRead, type Letter, messageJson, readDone, readUnread } from '../messages/inbox-reading.ts';
import { resolveSelf } from '../messages/sender.ts';
import { cutTo, terminalColumns, wrapTo } from '../terminal/columns.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { headLine, printJson } from '../terminal/printing.ts';
import { instantText, plural } from '../terminal/terminal.ts';

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
