/** `agent-runner dead list`: all dead letters, the newest last. */

import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { type DeadLetter, droppedName, listDeadLetters } from '#blackboard/peers/dead-letters.ts';
import { listInboxes, unknownPeer } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isIdPart, shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { noSubcommand } from '#runner/cli/terminal/stray-words.ts';
import { resolveSelf } from '#runner/messages/sender.ts';
import { terminalColumns } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { instantText, table } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dead list',
  about: 'all dead letters',
  arguments: [{ name: '[peer]', completes: 'peer' }],
  json: true,
  examples: ['agent-runner dead list', 'agent-runner dead list reviewer --json'],
  exits: { 64: 'a word that is no peer and means another command', 66: 'no such peer' },
  isDefault: true,
};

export async function run(global: GlobalOptions, typed: string | undefined): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const letters = await listDeadLetters(files, await inboxesOf(files, root, typed));
  const rows = await Promise.all(letters.map(async letter => ({ letter, message: await messageOf(files, letter) })));
  if (global.json) {
    printJson(
      rows.map(({ letter: { peer, id, file, atMs, reason }, message }) => ({
        peer,
        id,
        file,
        at: new Date(atMs).toISOString(),
        from: message?.from ?? null,
        kind: message?.kind ?? null,
        reason,
      })),
    );
    return exitCode.ok;
  }
  if (rows.length === 0) {
    process.stdout.write('No dead letters.\n');
    return exitCode.ok;
  }
  const nowMs = Date.now();
  const columns = [
    { head: 'DIED', leaves: 2 },
    { head: 'PEER', shrinks: true, leaves: 1 },
    { head: 'MESSAGE' },
    { head: 'FROM', shrinks: true, leaves: 3 },
  ];
  process.stdout.write(
    table(
      [...columns, { head: 'REASON', shrinks: true }],
      rows.map(({ letter, message }) => [
        instantText(letter.atMs, nowMs),
        letter.peer,
        shortId(letter.id),
        message?.from ?? '-',
        letter.name ? letter.reason : `${droppedName(letter)}: ${letter.reason}`,
      ]),
      terminalColumns(),
    ),
  );
  return exitCode.ok;
}

/** What somebody may have meant who typed the name of no peer. */
const SUBCOMMANDS = ['list', 'show', 'requeue', 'purge'];

async function inboxesOf(files: Files, root: string, typed: string | undefined) {
  const inboxes = await listInboxes(files, root);
  if (typed === undefined) return inboxes;
  const peer = await resolveSelf(files, root, process.env, typed);
  const found = inboxes.filter(inbox => inbox.peer === peer);
  if (found.length > 0) return found;
  if (isIdPart(peer)) throw usageError(`${peer} is a message`, `Look at it: agent-runner dead show ${peer}`);
  if (nearestName(peer, SUBCOMMANDS)) throw noSubcommand('dead', peer, SUBCOMMANDS);
  throw await unknownPeer(files, root, peer);
}

async function messageOf(files: Files, letter: DeadLetter): Promise<Message | null> {
  if (!letter.name) return null;
  // It may be dead because it may not be read.
  const text = await unlessDenied(readText(files, letter.path, limits.recordBytesMax), null);
  try {
    return text === null ? null : decodeMessage(text, letter.file);
  } catch {
    // A dead letter may be dead because it cannot be read.
    return null;
  }
}
