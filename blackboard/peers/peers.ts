/** Peers: anything with an inbox. Agents, sessions, the operator. */
import { join } from 'node:path';
import { agentLayout, agentPlaces, type Inbox, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import type { MessageHead } from '#blackboard/messages/message.ts';
import { nearestName, whyNotAName } from '#blackboard/messages/peer-name.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { isSessionId, listSessionNames, sessionNamed } from '#blackboard/peers/session-names.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';

export const OPERATOR = 'operator';

/**
 * Names of all agents: directories with an agent.md, which may be a link (a broken link is a broken agent), and
 * directories that cannot be read: they are agents too.
 */
export async function listAgents(files: Files, root: string): Promise<string[]> {
  const names = (await files.list(rootLayout(root).agents)).filter(name => whyNotAName(name) === null);
  const known = await Promise.all(names.map(async name => (await isAgent(files, root, name)) && name));
  return known.filter(name => name !== false).sort();
}

export const isAgent = async (files: Files, root: string, name: string): Promise<boolean> =>
  whyNotAName(name) === null &&
  isFileOrLink(
    await unlessDenied<FileFacts | null, Pick<FileFacts, 'kind'>>(
      files.facts(agentPlaces(root, name).definition),
      DENIED,
    ),
  );

/** Taken for what it may be. */
const DENIED = { kind: 'file' } as const;

const isFileOrLink = (facts: Pick<FileFacts, 'kind'> | null): boolean =>
  facts?.kind === 'file' || facts?.kind === 'link';

/** The inbox of a peer, or null if there is no such peer. */
export async function peerInbox(files: Files, root: string, name: string): Promise<Inbox | null> {
  if (name === OPERATOR) return inboxLayout(rootLayout(root).operator);
  if (await isAgent(files, root, name)) return agentLayout(root, name).inbox;
  const session = await sessionNamed(files, root, name);
  return session === null ? null : sessionLayout(root, session).inbox;
}

/**
 * What stays the same when the peer with this name is renamed: a session's id, an agent's life; undefined: it has only
 * its name.
 */
export async function peerId(files: Files, root: string, name: string): Promise<string | undefined> {
  if (name === OPERATOR) return undefined;
  if (await isAgent(files, root, name)) return (await lifeAt(files, agentPlaces(root, name).home)) || undefined;
  return (await sessionNamed(files, root, name)) ?? undefined;
}

/**
 * The inbox of a message's sender, whatever its name is now; null: the sender is gone, even if another peer has its
 * name.
 */
export async function senderInbox(
  files: Files,
  root: string,
  { from, fromId }: Pick<MessageHead, 'from' | 'fromId'>,
): Promise<Inbox | null> {
  if (fromId === undefined) return peerInbox(files, root, from);
  if (!isSessionId(fromId)) return (await peerId(files, root, from)) === fromId ? peerInbox(files, root, from) : null;
  const session = await sessionNamed(files, root, fromId);
  return session === null ? null : sessionLayout(root, session).inbox;
}

/** The same, or an error that names the nearest existing peer. */
export async function requirePeer(files: Files, root: string, name: string): Promise<Inbox> {
  const inbox = await peerInbox(files, root, name);
  if (inbox) return inbox;
  throw await unknownPeer(files, root, name);
}

export interface PeerInbox {
  peer: string;
  inbox: Inbox;
}

/** The displayed name of a removed agent's inbox: no peer can have it. */
export const REMOVED = 'removed/';

/** The present or former name of the agent with this inbox. */
export const agentOf = (peer: string): string =>
  peer.startsWith(REMOVED) ? peer.slice(REMOVED.length).replace(/-\d+$/, '') : peer;

/**
 * Every inbox: the operator's first, then the agents', then the sessions'. Includes agents without an agent.md and
 * removed agents, because messages outlive them. Excludes inboxes that cannot be read: `list` and `doctor` name them.
 */
export async function listInboxes(files: Files, root: string): Promise<PeerInbox[]> {
  const names = (await files.list(rootLayout(root).agents)).filter(name => whyNotAName(name) === null).sort();
  const all = [
    { peer: OPERATOR, inbox: inboxLayout(rootLayout(root).operator) },
    ...names.map(peer => ({ peer, inbox: agentLayout(root, peer).inbox })),
    ...(await listSessionNames(files, root)).map(({ name, id }) => ({
      peer: name,
      inbox: sessionLayout(root, id).inbox,
    })),
    ...(await files.list(rootLayout(root).removed)).sort().map(name => ({
      peer: `${REMOVED}${name}`,
      inbox: inboxLayout(join(rootLayout(root).removed, name)),
    })),
  ];
  const denied = await Promise.all(all.map(({ inbox }) => files.obstacle(inbox.inbox, 'read')));
  return all.filter((_, at) => denied[at] === null);
}

/** The error for an unknown name; it suggests the nearest one. */
export async function unknownPeer(files: Files, root: string, name: string): Promise<Error> {
  const known = await listAgents(files, root);
  const sessions = (await listSessionNames(files, root)).map(session => session.name);
  const nearest = nearestName(name, [...known, ...sessions, OPERATOR]);
  const shown = JSON.stringify(name.slice(0, 60));
  return noSuchError(
    `there is no agent ${shown} in ${join(root, 'agents')}`,
    nearest
      ? `Did you mean "${nearest}"?`
      : known.length > 0
        ? `There are: ${known.slice(0, 8).join(', ')}.`
        : 'Make one with: agent-runner add <name> --cwd <directory>',
  );
}
