/** Peers: anything with an inbox. Every question goes to the table of kinds (peer-kinds.ts). */
import { join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import type { MessageHead } from '#blackboard/messages/message.ts';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import type { Peer, PeerInbox, PeerKind } from '#blackboard/peers/peer-kind.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';

/** The peer that has this name (or id) now, or null. */
export async function findPeer(files: Files, root: string, name: string): Promise<Peer | null> {
  for (const kind of PEER_KINDS) {
    const peer = await kind.find(files, root, name);
    if (peer) return peer;
  }
  return null;
}

/**
 * The peer that a person means: the one with this name or id, else the only one whose name begins so. Throws 64 where several
 * do. `fits`: which kinds may be meant by a beginning.
 */
export async function meantPeer(
  files: Files,
  root: string,
  typed: string,
  fits: (kind: PeerKind) => boolean = () => true,
): Promise<Peer | null> {
  const exact = await findPeer(files, root, typed);
  if (exact || typed === '') return exact;
  const found: { kind: PeerKind; name: string }[] = [];
  for (const kind of PEER_KINDS.filter(fits))
    for (const name of await kind.names(files, root)) if (name.startsWith(typed)) found.push({ kind, name });
  if (found.length > 1) {
    const some = found.slice(0, 8).map(({ kind, name }) => `${name} (${kind.word})`);
    const more = found.length > some.length ? ` and ${found.length - some.length} more` : '';
    throw usageError(
      `${JSON.stringify(typed)} is the beginning of ${found.length} names: ${some.join(', ')}${more}`,
      'Type one of these.',
    );
  }
  const [only] = found;
  return only ? only.kind.find(files, root, only.name) : null;
}

/** The same, or an error that names the nearest existing peer. */
export async function requirePeer(files: Files, root: string, name: string): Promise<Peer> {
  const peer = await findPeer(files, root, name);
  if (peer) return peer;
  throw await unknownPeer(files, root, name);
}

/** A message's sender, whatever its name is now; null: the sender is gone, even if another peer has its name. */
export async function findSender(
  files: Files,
  root: string,
  { from, fromId }: Pick<MessageHead, 'from' | 'fromId'>,
): Promise<Peer | null> {
  if (fromId === undefined) return findPeer(files, root, from);
  const ofId = PEER_KINDS.find(kind => kind.isId?.(fromId));
  if (ofId) return ofId.find(files, root, fromId);
  const peer = await findPeer(files, root, from);
  return peer?.id === fromId ? peer : null;
}

/** Its inbox. */
export const senderInbox = async (
  files: Files,
  root: string,
  head: Pick<MessageHead, 'from' | 'fromId'>,
): Promise<Inbox | null> => (await findSender(files, root, head))?.inbox ?? null;

/** The kind of peer behind a directory of wake/, which has an id or a name as its own name. */
export const servedKind = (directory: string): PeerKind =>
  PEER_KINDS.find(kind => kind.isId?.(directory)) ?? PEER_KINDS.find(kind => kind.takesTurns)!;

/**
 * Every inbox, in the order of the kinds. Includes those of peers that are gone, because messages outlive them. Excludes
 * inboxes that cannot be read: `list` and `doctor` name them.
 */
export async function listInboxes(files: Files, root: string): Promise<PeerInbox[]> {
  const all: PeerInbox[] = [];
  for (const kind of PEER_KINDS) all.push(...(await kind.inboxes(files, root)));
  const denied = await Promise.all(all.map(({ inbox }) => files.obstacle(inbox.inbox, 'read')));
  return all.filter((_, at) => denied[at] === null);
}

/** The error for an unknown name; it suggests the nearest one. */
export async function unknownPeer(files: Files, root: string, name: string): Promise<Error> {
  const known = await Promise.all(PEER_KINDS.map(async kind => ({ kind, names: await kind.names(files, root) })));
  const nearest = nearestName(
    name,
    known.flatMap(({ names }) => names),
  );
  const workers = known.flatMap(({ kind, names }) => (kind.takesTurns ? names : []));
  const shown = JSON.stringify(name.slice(0, 60));
  return noSuchError(
    `there is no agent ${shown} in ${join(root, 'agents')}`,
    nearest
      ? `Did you mean "${nearest}"?`
      : workers.length > 0
        ? `There are: ${workers.slice(0, 8).join(', ')}.`
        : 'Make one with: agent-runner add <name> --cwd <directory>',
  );
}
