/** Moves messages that were read to done. An agent's requests and questions are its work and cannot be acked. */
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { type KnownMessage, requireMessage } from '#blackboard/peers/known-message.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Ack } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { ackLetter, isOnlyRead, type Letter, readUnread } from '#runner/verbs/inbox-reading.ts';

/**
 * `ids`: or their unique beginnings. All are found before the first is moved, so a typing error changes nothing. Throws 64 for
 * an ambiguous id, 65 for a file that is no message, 66 for an unknown id, 77 for somebody's work.
 */
export async function ack({ files, root }: VerbContext, { ids }: { ids: readonly string[] }): Promise<Ack> {
  const known: KnownMessage[] = [];
  for (const each of ids) known.push(await requireMessage(files, root, each));
  const acked: Ack = [];
  for (const each of known) acked.push(await ackOne(files, each));
  return acked;
}

async function ackOne(files: Files, { id, inbox, peer }: KnownMessage): Promise<Ack[number]> {
  const place = await locate(files, inbox, id);
  if (!place || place.state === 'done') return { id, peer, state: 'done' };
  if (place.state === 'dead') return { id, peer, state: 'dead' };
  const letter = await readLetter(files, place);
  if (place.state !== 'new' || !isOnlyRead(peer, letter))
    throw refusedError(
      `message ${shortId(id)} is work of ${peer}: only its answer ends it`,
      `To end it without one: agent-runner cancel ${shortId(id)}`,
    );
  return { id, peer, state: await moved(files, inbox, letter) };
}

/** `ids`: messages that `inbox` showed as unread. Moves those that only had to be read; `stayed` counts the others. */
export async function ackShown(
  { files, root }: VerbContext,
  { peer, ids }: { peer: string; ids: readonly string[] },
): Promise<{ acked: Ack; stayed: number }> {
  const { inbox } = await requirePeer(files, root, peer);
  const wanted = new Set(ids);
  const shown = (await readUnread(files, inbox, names => names.filter(({ id }) => wanted.has(id)))).letters;
  const mine = shown.filter(letter => isOnlyRead(peer, letter));
  const acked: Ack = [];
  for (const letter of mine) acked.push({ id: letter.message.id, peer, state: await moved(files, inbox, letter) });
  return { acked, stayed: shown.length - mine.length };
}

async function readLetter(files: Files, { path, name }: MessageLocation): Promise<Letter> {
  const text = (await readText(files, path, limits.recordBytesMax)) ?? '';
  return { name, path, message: decodeMessage(text, path) };
}

const moved = async (files: Files, inbox: Inbox, letter: Letter): Promise<'acked' | 'done'> =>
  (await ackLetter(files, inbox, letter)) === 'moved' ? 'acked' : 'done';
