/** Whom a broadcast reaches: names, groups of config.yaml (`@backend`), or everybody else. */

import { isGroup } from '#blackboard/messages/peer-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import type { Peer } from '#blackboard/peers/peer-kind.ts';
import { findPeer, meantPeer, unknownPeer } from '#blackboard/peers/peers.ts';
import { livingSessions } from '#blackboard/peers/sessions.ts';
import { noSuchError, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readConfig } from '#runner/agents/config.ts';

export interface Wanted {
  /** Names and groups; null: all agents and all sessions that live. */
  to: readonly string[] | null;
  except: readonly string[];
  only: 'agents' | 'sessions' | null;
}

export interface Recipients {
  peers: Peer[];
  /** Members of groups that are not there. */
  missing: { name: string; problem: string }[];
}

/** `self`: it gets nothing of its own. Throws 66 for an unknown peer or group that was typed, 64 for a beginning that fits several. */
export async function recipientsOf(
  files: Files,
  root: string,
  { to, except, only }: Wanted,
  self: { name: string; id: string | undefined },
): Promise<Recipients> {
  const everybody = to === null ? await everyone(files, root) : await named(files, root, to);
  const left = await named(files, root, except);
  const isSame = (a: Pick<Peer, 'name' | 'id'>, b: typeof self) => (a.id ?? a.name) === (b.id ?? b.name);
  const peers: Peer[] = [];
  for (const peer of everybody.peers) {
    const isWanted = only === null || (only === 'agents') === (peer.kind.takesTurns === true);
    const isOut = isSame(peer, self) || left.peers.some(each => isSame(each, peer));
    if (isWanted && !isOut && !peers.some(each => isSame(each, peer))) peers.push(peer);
  }
  return { peers, missing: everybody.missing };
}

async function everyone(files: Files, root: string): Promise<Recipients> {
  const ids = (await livingSessions(files, root)).map(({ id }) => id);
  const names = [...(await listAgents(files, root)), ...ids];
  const found = await Promise.all(names.map(name => findPeer(files, root, name)));
  return { peers: found.filter(peer => peer !== null), missing: [] };
}

async function named(files: Files, root: string, typed: readonly string[]): Promise<Recipients> {
  const found: Recipients = { peers: [], missing: [] };
  for (const name of typed) {
    if (isGroup(name))
      for (const member of await membersOf(files, root, name)) {
        const peer = await findPeer(files, root, member);
        if (peer) found.peers.push(peer);
        else found.missing.push({ name: member, problem: reasonOf(await unknownPeer(files, root, member)) });
      }
    else {
      const peer = await meantPeer(files, root, name);
      if (!peer) throw await unknownPeer(files, root, name);
      found.peers.push(peer);
    }
  }
  return found;
}

/** `@backend` → its names. Throws 66 for an unknown group, 78 for a mistake in config.yaml. */
async function membersOf(files: Files, root: string, group: string): Promise<readonly string[]> {
  const { groups } = await readConfig(files, root);
  const members = Object.hasOwn(groups, group.slice(1)) ? groups[group.slice(1)] : undefined;
  if (members) return members;
  const known = Object.keys(groups).map(name => `@${name}`);
  throw noSuchError(
    `there is no group ${JSON.stringify(group.slice(0, 60))} in config.yaml`,
    known.length > 0 ? `There are: ${known.slice(0, 8).join(', ')}.` : 'Write it there: groups: {backend: [api, web]}',
  );
}
