/** Who calls, as it is proven by the process tree, and what that means for what it sends. */

import { sortMessageNames } from '#blackboard/messages/message-name.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { whatPeersSay } from '#blackboard/peers/says.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Whoami } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 77 where nobody is proven. */
export async function whoami({ files, root, env }: VerbContext): Promise<Whoami> {
  const caller = await callerOf(files, root, env);
  const peer = await requirePeer(files, root, caller.peer);
  const id = peer.kind === sessionKind ? (peer.id ?? null) : null;
  const turn = caller.kind === 'agent' ? caller : null;
  return {
    kind: caller.kind,
    name: peer.name,
    id,
    turn: turn?.turn ?? null,
    trace: turn?.trace ?? null,
    hops: turn?.hops ?? null,
    maxHops: turn?.maxHops ?? null,
    says: (await whatPeersSay(files, root, Date.now())).get(id ?? peer.name) ?? null,
    unread: sortMessageNames(await files.list(peer.inbox.new)).length,
    root,
  };
}
