/**
 * `agent-runner ack`: moves messages that were read to done. The requests and questions in an agent's inbox are its
 * work and cannot be acked.
 */

import { locate } from '#blackboard/inbox/locate.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { type KnownMessage, requireMessage } from '#blackboard/peers/known-message.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, refusedError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { ackLetter, isOnlyRead } from '#runner/messages/inbox-reading.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'ack',
  heading: 'Your inbox',
  about: 'move messages that you have read to done',
  arguments: [{ name: '<message-id...>', completes: 'message' }],
  json: true,
  examples: ['agent-runner ack 5f0c9e1b', 'agent-runner ack 5f0c9e1b 77ad20c4 --json'],
  exits: {
    1: 'one is dead',
    64: 'a beginning that fits several',
    65: 'its file is no message',
    66: 'no such message',
    77: "it is somebody's work",
  },
};

interface Acked {
  id: string;
  peer: string;
  state: 'acked' | 'done' | 'dead';
}

export async function run(global: GlobalOptions, typed: string[]): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  // All are looked up before one is moved: a typing error in the second changes nothing.
  const known: KnownMessage[] = [];
  for (const each of typed) known.push(await requireMessage(files, root, each));
  const acked: Acked[] = [];
  for (const each of known) acked.push(await ackOne(files, each));
  if (global.json) printJson(acked);
  else for (const each of acked) process.stdout.write(`${sentenceOf(each)}\n`);
  return acked.some(({ state }) => state === 'dead') ? exitCode.no : exitCode.ok;
}

async function ackOne(files: Files, { id, inbox, peer }: KnownMessage): Promise<Acked> {
  const place = await locate(files, inbox, id);
  if (!place || place.state === 'done') return { id, peer, state: 'done' };
  if (place.state === 'dead') return { id, peer, state: 'dead' };
  const text = (await readText(files, place.path, limits.recordBytesMax)) ?? '';
  const message = decodeMessage(text, place.path);
  if (place.state !== 'new' || !isOnlyRead(peer, { message }))
    throw refusedError(
      `message ${shortId(id)} is work of ${peer}: only its answer ends it`,
      `To end it without one: agent-runner cancel ${shortId(id)}`,
    );
  const moved = await ackLetter(files, inbox, { name: place.name, path: place.path, message });
  return { id, peer, state: moved === 'moved' ? 'acked' : 'done' };
}

function sentenceOf({ id, state }: Acked): string {
  const shown = shortId(id);
  if (state === 'acked') return `${shown} is done`;
  return state === 'done' ? `${shown} was done already` : `${shown} is dead: agent-runner dead show ${shown}`;
}
