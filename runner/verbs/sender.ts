/** Finds the sender: the agent whose turn contains this process, else the session that calls, else the operator. */
import type { Inbox } from '#blackboard/layout.ts';
import { findPeer, requirePeer } from '#blackboard/peers/peers.ts';
import { refusedError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type CallingAgent, callerOf } from '#runner/agents/caller.ts';

export interface Sender {
  peer: string;
  /** What a rename does not change, if there is such an id: replies find the peer by it. */
  peerId: string | undefined;
  /** A person never makes a circle of waits. */
  isPerson: boolean;
  /** Where replies come. */
  inbox: Inbox;
  /** The turn in which an agent sends. */
  turn: number | null;
  /** The trace that the message continues; null: it begins one. */
  trace: string | null;
  /** Hops of a message from here. */
  hops: number;
  /** What the chain may cost that the message continues. */
  budgetUsd: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `self` is the agent whose turn this is, or the session this is called from; any other name stays. */
export async function resolveSelf(files: Files, root: string, env: Env, name: string): Promise<string> {
  if (name !== 'self') return name;
  const caller = await callerOf(files, root, env);
  if (caller.kind !== 'operator') return caller.peer;
  throw usageError(
    '"self" is the agent whose turn runs or the session you are in, and this is neither',
    'Name a peer.',
  );
}

/**
 * `from` must exist; in a turn it can only be the agent, in a session only that session. Throws 66 for an unknown peer, 77
 * for somebody else's name, and for a chain of messages that is too long.
 */
export async function findSender(files: Files, root: string, env: Env, from: string | undefined): Promise<Sender> {
  const caller = await callerOf(files, root, env);
  if (caller.kind === 'agent') return senderOfTurn(files, root, caller, from);
  const peer = caller.kind === 'session' ? caller.peer : (from ?? caller.peer);
  const sender = await named(files, root, await resolveSelf(files, root, env, peer));
  const isItself = from === undefined || from === 'self' || (await findPeer(files, root, from))?.id === sender.peerId;
  if (caller.kind === 'session' && !isItself) throw somebodyElse(`this is the session "${peer}"`, from!);
  return { ...sender, turn: null, trace: null, hops: 0, budgetUsd: undefined };
}

type Named = Pick<Sender, 'peer' | 'peerId' | 'isPerson' | 'inbox'>;

async function named(files: Files, root: string, peer: string): Promise<Named> {
  const { kind, id, inbox } = await requirePeer(files, root, peer);
  return { peer, peerId: id, isPerson: kind.isPerson === true, inbox };
}

async function senderOfTurn(
  files: Files,
  root: string,
  { peer, turn, trace, hops, maxHops, budgetUsd }: CallingAgent,
  from: string | undefined,
): Promise<Sender> {
  if (hops + 1 > maxHops)
    throw refusedError(
      `this would be hop ${hops + 1} of one chain of messages, and ${maxHops} are allowed (maxHops of config.yaml): agents that answer each other's messages with new messages go round for ever`,
      'Answer in your turn instead: your final text goes to the one who asked. A person can start a new chain.',
    );
  if (from !== undefined && from !== 'self' && from !== peer) throw somebodyElse(`this is a turn of "${peer}"`, from);
  return { ...(await named(files, root, peer)), turn, trace, hops: hops + 1, budgetUsd };
}

const somebodyElse = (caller: string, from: string) =>
  refusedError(`${caller}, and --from ${JSON.stringify(from.slice(0, 60))} is somebody else`, 'Leave --from away.');
