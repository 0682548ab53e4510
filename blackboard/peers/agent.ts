/** Agents as peers: a directory with an agent.md each. */
import { join } from 'node:path';
import { agentLayout, agentPlaces, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';

/**
 * Names of all agents: directories with an agent.md, which may be a link (a broken link is a broken agent), and
 * directories that cannot be read: they are agents too.
 */
export async function listAgents(files: Files, root: string): Promise<string[]> {
  const known = await Promise.all(
    (await namesIn(files, root)).map(async name => (await isAgent(files, root, name)) && name),
  );
  return known.filter(name => name !== false);
}

/** Names of directories that may be agents. */
export const namesIn = async (files: Files, root: string): Promise<string[]> =>
  (await files.list(rootLayout(root).agents)).filter(name => whyNotAName(name) === null).sort();

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

/** The displayed name of a removed agent's inbox: no peer can have it. */
export const REMOVED = 'removed/';

/** The present or former name of the agent with this inbox. */
export const agentOf = (peer: string): string =>
  peer.startsWith(REMOVED) ? peer.slice(REMOVED.length).replace(/-\d+$/, '') : peer;

export const agentKind: PeerKind = {
  word: 'agent',
  takesTurns: true,
  async find(files, root, name) {
    if (!(await isAgent(files, root, name))) return null;
    const { home, inbox } = agentLayout(root, name);
    return { kind: agentKind, name, id: (await lifeAt(files, home)) || undefined, inbox, wake: name };
  },
  names: listAgents,
  /** Includes agents without an agent.md and removed agents. */
  async inboxes(files, root) {
    const names = await namesIn(files, root);
    const removed = (await files.list(rootLayout(root).removed)).sort();
    return [
      ...names.map(peer => ({ peer, inbox: agentLayout(root, peer).inbox })),
      ...removed.map(name => ({ peer: `${REMOVED}${name}`, inbox: inboxLayout(join(rootLayout(root).removed, name)) })),
    ];
  },
};
