/** Whose a claim is, and whether its owner is gone. */
import type { Claim, Owner } from '#blackboard/claims/claim.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import { readPeerName, sessionFacts } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';

/** The owner that this peer is. A name of nobody's is the operator's: a person who calls. */
export async function ownerOf(files: Files, root: string, kind: Owner['kind'], peer: string): Promise<Owner> {
  if (kind === 'operator') return { kind, id: peer };
  const id = (await findPeer(files, root, peer))?.id;
  if (kind === 'session') return { kind, id: id ?? peer };
  return { kind, id: peer, ...(id === undefined ? {} : { life: id }) };
}

/** Also under a new id: /clear gives a session one. */
export async function isOwn(files: Files, root: string, { owner }: Claim, self: Owner): Promise<boolean> {
  if (owner.kind !== self.kind) return false;
  if (owner.kind === 'session') return owner.id === self.id || (await sessionNamed(files, root, owner.id)) === self.id;
  return owner.id === self.id && owner.life === self.life;
}

/** Its owner's name: sessions are renamed. */
export async function nameNow(files: Files, root: string, { owner, peer }: Claim): Promise<string> {
  const id = owner.kind === 'session' ? await sessionNamed(files, root, owner.id) : null;
  return (id === null ? null : await readPeerName(files, root, id)) ?? peer;
}

/**
 * Whether nobody is left who could work on it: a session whose process has ended, an agent that was removed. An agent stays between its
 * turns, and so does a person.
 */
export async function isGone(files: Files, root: string, { kind, id, life }: Owner, nowMs: number): Promise<boolean> {
  if (kind === 'operator') return false;
  if (kind === 'agent')
    return !(await isAgent(files, root, id)) || (await lifeAt(files, agentLayout(root, id).home)) !== (life ?? '');
  const now = await sessionNamed(files, root, id);
  const facts = now === null ? null : await sessionFacts(files, root, now, nowMs);
  return facts === null || facts.state === 'ended' || facts.state === 'dead';
}
