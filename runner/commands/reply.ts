/**
 * `agent-runner reply`: answers a message that a session or the operator got; whoever waits for it in `ask` has it at once.
 * (An agent's answer is its turn's final text.) Exit codes: 0 · 64 nothing to say · 66 no such message, or its sender is gone ·
 * 77 it is another peer's. --json: {id, to, delivery: "delivered" | "duplicate"}; a second reply changes nothing.
 */
import { join } from 'node:path';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { badDataError, exitCode, refusedError, usageError } from '../../blackboard/errors.ts';
import { readText } from '../../blackboard/files.ts';
import { derivedId } from '../../blackboard/ids.ts';
import { deliver } from '../../blackboard/inbox/deliver.ts';
import { requireMessage } from '../../blackboard/inbox/known-message.ts';
import { writeOutcome } from '../../blackboard/inbox/outcome.ts';
import { limits } from '../../blackboard/limits.ts';
import { readOwnMessage } from '../../blackboard/own-message.ts';
import { requirePeer } from '../../blackboard/peers.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { shortId } from '../../blackboard/short-id.ts';
import { authorOf } from '../messages/author.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { printJson } from '../terminal/printing.ts';
import { readPiped } from '../terminal/stdin-text.ts';

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
  const delivery = await deliver(files, await requirePeer(files, root, message.from), {
    id: reply,
    from: peer,
    kind: 'answer',
    at,
    trace: message.trace,
    hops: message.hops + 1,
    thread: message.thread,
    inReplyTo: [id],
    body,
  });
  await writeOutcome(files, inbox, { id, outcome: 'replied', at, reply });
  if (delivery === 'duplicate') process.stderr.write(`agent-runner: already answered: ${reply}\n`);
  if (global.json) printJson({ id: reply, to: message.from, delivery });
  else process.stdout.write(`${reply}\n`);
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
