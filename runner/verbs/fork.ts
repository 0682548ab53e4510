/** Opens a new session in tmux that begins with the conversation of another one, which stays as it is. */
import { nameOf } from '#blackboard/messages/peer-name.ts';
import { isSessionId } from '#blackboard/peers/session-names.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import { findTarget } from '#runner/panes/find-pane.ts';
import type { Forked } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type OpenOrder, openSession, whyNotFree } from '#runner/verbs/open-session.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';
import { requireTranscript } from '#runner/verbs/session-said.ts';

export interface ForkOrder extends Omit<OpenOrder, 'name' | 'cwd' | 'args'> {
  /** The session, however it is called. */
  of: string;
  /** null: the session's own, with -fork behind it. */
  name: string | null;
}

/** Throws what `openSession` throws, 66 for no session or one that nothing was said in, and 77 to an agent and a session. */
export async function fork(context: VerbContext, { of, name: given, ...order }: ForkOrder): Promise<Forked> {
  await refuseAgents(context.files, context.root, context.env, 'fork');
  const from = await sessionOf(context, of, order.socket);
  await requireTranscript(context, { name: of, socket: order.socket });
  const args = ['--resume', from.id, '--fork-session'];
  const name = given ?? (await nameBehind(context, from.name));
  return { ...(await openSession(context, { ...order, name, cwd: from.cwd, args })), from: from.id };
}

async function nameBehind(context: VerbContext, name: string | null): Promise<string> {
  for (let count = 1; count <= limits.sessionNamesTried; count++) {
    const tail = count === 1 ? 'fork' : `fork-${count}`;
    const tried = nameOf(
      [nameOf([name ?? ''], limits.peerNameCharsMax - tail.length - 1), tail],
      limits.peerNameCharsMax,
    );
    if ((await whyNotFree(context, tried)) === null) return tried;
  }
  throw usageError('no name is free for the new session', 'Type one behind the session.');
}

/** claude looks for a conversation by the directory that it was had in. */
async function sessionOf(context: VerbContext, name: string, socket: string | undefined) {
  const { peer } = await findTarget({ ...context, socket }, name);
  if (peer) return { id: peer.id, cwd: peer.cwd, name: peer.name };
  const { open } = await paneOf(context, { name, socket });
  if (!open) throw noSuchError(`claude has no session open in the pane of "${name}"`);
  if (!isSessionId(open.sessionId) || open.cwd === null)
    throw usageError(`claude's registry does not say where the session of "${name}" works`);
  return { id: open.sessionId, cwd: open.cwd, name: open.name };
}
