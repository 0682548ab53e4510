/** Makes a session no peer any more: it loses its name, gets no messages, and hears the board alone. */
import { sessionLayout } from '#blackboard/layout.ts';
import { disconnectSession } from '#blackboard/peers/offered.ts';
import { meantPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { countUnread, readSession } from '#blackboard/peers/sessions.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Disconnect } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';

/** `session`: its name or id; null: the one that calls. Throws 66 where there is none, 77 where an agent or a session names another. */
export async function disconnect(
  { files, root, env }: VerbContext,
  { session }: { session: string | null },
): Promise<Disconnect> {
  if (session !== null) await refuseAgents(files, root, env, 'disconnect another session');
  const name = await resolveSelf(files, root, env, session ?? 'self');
  const found = await meantPeer(files, root, name, kind => kind === sessionKind);
  const peer = found?.kind === sessionKind ? await readSession(files, root, found.id!) : null;
  if (!peer) throw noSuchError(`there is no session ${JSON.stringify(name.slice(0, 60))}`, 'See: agent-runner list');
  await disconnectSession(files, root, peer);
  return { id: peer.id, was: peer.name, unread: await countUnread(files, sessionLayout(root, peer.id)) };
}
