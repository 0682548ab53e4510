/** Gives a session another name. Agents keep theirs. */
import { agentKind } from '#blackboard/peers/agent.ts';
import { meantPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { renameSession } from '#blackboard/peers/sessions.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Rename } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/**
 * `session`: a name or id of it; null: the session that this is called from. Throws 64 for no session, an agent, or a name that
 * is taken or none; 66 where there is no such session.
 */
export async function rename(
  context: VerbContext,
  { session, name }: { session: string | null; name: string },
): Promise<Rename> {
  const { files, root } = context;
  const was = session ?? (await ownSession(context));
  if (was === null)
    throw usageError('this is not called from a session', 'Say which one: agent-runner rename <session> <new-name>');
  const peer = await meantPeer(files, root, was);
  if (peer?.kind === agentKind)
    throw usageError(
      `${was} is an agent, and an agent keeps its name: it stands in its conversation and in what others wrote to it`,
      'rename is for sessions. For an agent of another name: agent-runner add <name>, then agent-runner edit <name>',
    );
  if (peer?.kind !== sessionKind)
    throw noSuchError(`there is no session ${JSON.stringify(was.slice(0, 60))}`, 'See: agent-runner list');
  return { ...(await renameSession(files, root, peer.id!, name)), was };
}

async function ownSession({ files, root, env }: VerbContext): Promise<string | null> {
  const caller = await callerOf(files, root, env);
  return caller.kind === 'session' ? caller.peer : null;
}
