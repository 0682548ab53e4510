/** Makes a session a peer, by hand: one that was disconnected, or that began while new sessions do not connect by themselves. */
import { recordEvents } from '#blackboard/events/record-events.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { connectSession, listOffered, type Offered, offeredTo } from '#blackboard/peers/offered.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import { readSession } from '#blackboard/peers/sessions.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { lineageOf } from '#blackboard/system/process-identity.ts';
import { idFits } from '#blackboard/system/short-id.ts';
import { callerOf } from '#runner/agents/caller.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Connect } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface ConnectOrder {
  /** null: made from its directory and branch. One that is taken gets a number: `app-2`. */
  name: string | null;
  /** The session's id, or an end of it; null: the one that calls. */
  session: string | null;
}

/** Throws 64 for what is no name and for a session that is connected under another one, 66 for no session, 77 where an agent or a session names another. */
export async function connect(context: VerbContext, { name, session }: ConnectOrder): Promise<Connect> {
  const { files, root } = context;
  const why = name === null ? null : whyNotAName(name);
  if (why !== null) throw usageError(why);
  if (name !== null && name.length > limits.peerNameCharsMax - NUMBER_CHARS)
    throw usageError(
      `expected a name of at most ${limits.peerNameCharsMax - NUMBER_CHARS} characters: it may get a number`,
    );
  if (session !== null) await refuseAgents(files, root, context.env, 'connect another session');
  const offered =
    session === null ? await offeredTo(files, root, lineageOf(process.pid)) : await named(context, session);
  if (!offered) return alreadyConnected(context, name);
  const peer = await connectSession(files, root, offered, name);
  const { id, cwd } = peer;
  const at = new Date().toISOString();
  await recordEvents(files, sessionLayout(root, id).inbox, at, { type: 'session.appeared', sessionId: id, cwd });
  return { id, name: peer.name, wanted: name, already: false };
}

/** Room for `-99`, as registration leaves it. */
const NUMBER_CHARS = 4;

async function named({ files, root }: VerbContext, typed: string): Promise<Offered> {
  const part = typed.toLowerCase();
  const found = (await listOffered(files, root)).filter(({ id }) => part !== '' && idFits(id, part));
  if (found.length === 1) return found[0]!;
  throw noSuchError(
    `${found.length === 0 ? 'no' : 'more than one'} session that is not connected has ${JSON.stringify(typed.slice(0, 60))} in its id`,
    'Those that there are: agent-runner auto-start status',
  );
}

async function alreadyConnected({ files, root, env }: VerbContext, name: string | null): Promise<Connect> {
  const caller = await callerOf(files, root, env);
  if (caller.kind !== 'session')
    throw noSuchError(
      'this is not called from a session of yours',
      'Call it in the session, or name it: agent-runner connect --session <id> (agent-runner auto-start status)',
    );
  const id = await sessionNamed(files, root, caller.peer);
  const peer = id === null ? null : await readSession(files, root, id);
  if (!peer) throw noSuchError(`the session ${caller.peer} is gone`);
  if (name !== null && name !== peer.name)
    throw usageError(`this session is connected as "${peer.name}"`, `For another name: agent-runner rename ${name}`);
  return { id: peer.id, name: peer.name, wanted: name, already: true };
}
