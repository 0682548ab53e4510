/** Who sends: the agent whose turn this process runs in, else the session it is called from, else the operator. */
import { realpath } from 'node:fs/promises';
import { refusedError, usageError } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { OPERATOR, requirePeer } from '../../blackboard/peers.ts';
import { readPeerName } from '../../blackboard/sessions.ts';

export interface Sender {
  peer: string;
  /** The sender's own inbox: replies come there. */
  inbox: Inbox;
  /** The agent's turn, where an agent sends in its own name. */
  turn: number | null;
  /** The trace that a message from here carries on; null: it begins one. */
  trace: string | null;
  /** Hops of a message from here. */
  hops: number;
}

/** What a turn's environment says about it (runner/turn/turn.ts writes it); null outside of a turn. */
export interface TurnEnvironment {
  peer: string;
  turn: number | null;
  trace: string | null;
  hops: number;
  /** Hops that a message of this turn may have. */
  maxHops: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Pure. What is missing or no number counts as not said. */
export function turnEnvironment(env: Env): TurnEnvironment | null {
  const peer = env.AGENT_RUNNER_PEER;
  if (!peer) return null;
  const count = (text: string | undefined) => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : null);
  return {
    peer,
    turn: count(env.AGENT_RUNNER_TURN),
    trace: env.AGENT_RUNNER_TRACE || null,
    hops: count(env.AGENT_RUNNER_HOPS) ?? 0,
    maxHops: count(env.AGENT_RUNNER_MAX_HOPS) ?? limits.hopsMax,
  };
}

/** The turn this process runs in, if it is a turn of this root: in another root its name means nobody. */
export async function turnOfRoot(root: string, env: Env): Promise<TurnEnvironment | null> {
  const turn = turnEnvironment(env);
  if (!turn || !env.AGENT_RUNNER_HOME) return turn;
  const home = await realpath(env.AGENT_RUNNER_HOME).catch(() => null);
  return home === root ? turn : null;
}

/** The name of the session whose tool or hook this process is; null outside of one. */
export const sessionOf = (files: Files, root: string, env: Env): Promise<string | null> =>
  readPeerName(files, root, env.CLAUDE_CODE_SESSION_ID ?? '');

/** `self` is the agent whose turn this is, or the session this is called from; any other name stays. */
export async function resolveSelf(files: Files, root: string, env: Env, name: string): Promise<string> {
  if (name !== 'self') return name;
  const self = (await turnOfRoot(root, env))?.peer ?? (await sessionOf(files, root, env));
  if (self) return self;
  throw usageError(
    '"self" is the agent whose turn runs or the session you are in, and this is neither',
    'Name a peer.',
  );
}

/**
 * The sender. `from` is a peer that must exist; it changes the name, not the count of hops. Throws 66 for an unknown
 * peer, 77 where the chain of messages has become too long.
 */
export async function findSender(files: Files, root: string, env: Env, from: string | undefined): Promise<Sender> {
  const turn = await turnOfRoot(root, env);
  const hops = turn ? turn.hops + 1 : 0;
  const maxHops = turn?.maxHops ?? limits.hopsMax;
  if (hops > maxHops)
    throw refusedError(
      `this would be hop ${hops} of one chain of messages, and ${maxHops} are allowed (maxHops of config.yaml): agents that answer each other's messages with new messages go round for ever`,
      'Answer in your turn instead: your final text goes to whoever asked. A person can start a new chain.',
    );
  const self = turn?.peer ?? (await sessionOf(files, root, env)) ?? OPERATOR;
  const peer = from === undefined ? self : await resolveSelf(files, root, env, from);
  const inbox = await requirePeer(files, root, peer);
  return { peer, inbox, turn: turn?.peer === peer ? turn.turn : null, trace: turn?.trace ?? null, hops };
}
