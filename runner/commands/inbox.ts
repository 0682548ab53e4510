/**
 * `agent-runner inbox`: what is unread in an inbox, the newest last; yours, the operator's, unless a peer is named (in an
 * agent's turn: `self`). --ack moves what was shown to done; the requests and questions in an agent's inbox are its work
 * and stay. Exit codes: 0 · 66 no such peer.
 * --json: [{id, from, kind, at, subject, thread, inReplyTo, turn, attachments: [{name, sizeBytes, path}], body}].
 */
import { join } from 'node:path';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { ack } from '../../blackboard/inbox/claim.ts';
import { writeOutcome } from '../../blackboard/inbox/outcome.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { asksForReply, type Message } from '../../blackboard/message.ts';
import { decodeMessage } from '../../blackboard/message-decode.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '../../blackboard/message-name.ts';
import { OPERATOR, requirePeer } from '../../blackboard/peers.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import type { GlobalOptions } from '../global-options.ts';
import { headLine, printJson } from '../printing.ts';
import { resolveSelf } from '../sender.ts';
import { instantText, plural } from '../terminal.ts';

interface Unread {
  name: MessageName;
  path: string;
  message: Message;
}

export async function run(
  global: GlobalOptions,
  typed: string | undefined,
  options: { ack?: boolean },
): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const peer = await resolveSelf(files, root, process.env, typed ?? OPERATOR);
  const inbox = await requirePeer(files, root, peer);
  const { unread, unreadable } = await readUnread(files, inbox);
  if (global.json) printJson(unread.map(each => asJson(inbox, each.message)));
  else process.stdout.write(render(peer, unread, Date.now()));
  for (const path of unreadable) process.stderr.write(`agent-runner: ${path} is not a message\n`);
  if (options.ack) await ackShown(files, inbox, peer, unread);
  return exitCode.ok;
}

async function readUnread(files: Files, inbox: Inbox): Promise<{ unread: Unread[]; unreadable: string[] }> {
  const unread: Unread[] = [];
  const unreadable: string[] = [];
  for (const name of sortMessageNames(await files.list(inbox.new))) {
    const path = join(inbox.new, formatMessageName(name));
    const text = await readText(files, path, limits.recordBytesMax);
    try {
      if (text !== null) unread.push({ name, path, message: decodeMessage(text, path) });
    } catch {
      unreadable.push(path);
    }
  }
  return { unread, unreadable };
}

function asJson(inbox: Inbox, message: Message) {
  const { id, from, kind, at, subject = null, thread = null, inReplyTo = [], turn = null, body } = message;
  const attachments = (message.attachments ?? []).map(each => ({ ...each, path: join(inbox.files, id, each.name) }));
  return { id, from, kind, at, subject, thread, inReplyTo, turn, attachments, body };
}

const textCharsMax = 160;

function render(peer: string, unread: readonly Unread[], nowMs: number): string {
  if (unread.length === 0) return `Nothing unread in ${peer}'s inbox.\n`;
  return unread
    .map(({ message: { at, from, kind, id, inReplyTo, subject, body, attachments } }) => {
      const answered = inReplyTo?.length ? `  in reply to ${headLine(inReplyTo.join(', '), 400)}` : '';
      const firstLine = body.trim().split('\n')[0] ?? '';
      const text = subject || firstLine || (attachments ?? []).map(({ name }) => name).join(', ');
      return `${instantText(Date.parse(at), nowMs)}  ${headLine(from, 60)}  ${kind}  ${id}${answered}\n    ${headLine(text, textCharsMax)}\n`;
    })
    .join('');
}

/** Outcome first, as after a turn; but what asks for a reply is only read by this, and its outcome is the reply. */
async function ackShown(files: Files, inbox: Inbox, peer: string, unread: readonly Unread[]): Promise<void> {
  const mine = unread.filter(({ message }) => peer === OPERATOR || !asksForReply(message.kind));
  for (const { name, path, message } of mine) {
    const nowMs = Date.now();
    if (!(await files.facts(path))) continue;
    if (!asksForReply(message.kind))
      await writeOutcome(files, inbox, { id: name.id, outcome: 'done', at: new Date(nowMs).toISOString() });
    await ack(files, inbox, path, name, nowMs);
  }
  const left = unread.length - mine.length;
  if (left > 0)
    process.stderr.write(
      `agent-runner: ${plural(left, 'message')} stayed: requests and questions are ${peer}'s work; agent-runner cancel <message-id> ends one\n`,
    );
}
