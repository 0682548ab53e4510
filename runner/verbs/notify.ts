/** Sends a signal to peers, to start a turn of each, and waits for the proof. A signal carries no text. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { rootLayout, wakeLayout } from '#blackboard/layout.ts';
import { agentKind } from '#blackboard/peers/agent.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import { findPeer, servedKind, unknownPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { isSessionId } from '#blackboard/peers/session-names.ts';
import { isPath, SIGNAL_TYPES, type Signal } from '#blackboard/signals/signal.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode, isRunnerError, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { idFits, isIdPart, toldApart } from '#blackboard/system/short-id.ts';
import type { Notify } from '#runner/results/signals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';
import { REFUSALS } from '#runner/wake/answer.ts';
import { type Notified, notifyPeer } from '#runner/wake/client.ts';
import { turnOfSignal } from '#runner/wake/signal-proof.ts';

/** Exactly one of peer, agent, sessionId and all. */
export interface NotifyInput {
  /** An agent's or a session's name, (an end of) a session's id, or `self`. */
  peer?: string | undefined;
  agent?: string | undefined;
  sessionId?: string | undefined;
  /** Everybody who can be notified. */
  all?: true | undefined;
  /** wake or file_changed. */
  type: string;
  /** The file that has changed; below `cwd` where it is relative. */
  path?: string | undefined;
  cwd: string;
  /** How long to wait for the proof that a turn has started. */
  waitMs: number;
}

/**
 * One result for each peer, by name. An absent peer or a refusal is a result, not an error. Throws 64 for wrong options, 66 for
 * an unknown peer. `signal` ends only the wait.
 */
export async function notify(
  context: VerbContext,
  input: NotifyInput,
  { signal: stop }: { signal?: AbortSignal } = {},
): Promise<Notify[]> {
  const { files, root } = context;
  const signal = await readSignal(input);
  const peers = await readPeers(context, input);
  return await Promise.all(
    peers.map(async (peer): Promise<Notify> => {
      const said = await notifyPeer(root, peer, signal).catch(error => {
        if (isRunnerError(error) && error.exit === exitCode.refused)
          return { answer: 'unsafe' as const, reason: error.message };
        throw error;
      });
      return { peer, ...said, ...(await follow(files, root, peer, said, input.waitMs, stop)) };
    }),
  );
}

async function readSignal({ type, path, cwd }: NotifyInput): Promise<Signal> {
  if (type === 'wake') {
    if (path !== undefined) throw usageError('--path belongs to --type file_changed');
    return { type };
  }
  if (type !== 'file_changed')
    throw usageError(`expected --type ${SIGNAL_TYPES.join(' or ')}, got ${JSON.stringify(type)}`);
  if (path === undefined) throw usageError('--type file_changed needs --path <file>');
  const named = resolve(cwd, path);
  const absolute = await realpath(named).catch(() => named);
  if (!isPath(absolute)) throw usageError(`the path ${JSON.stringify(path)} is too long or holds control characters`);
  return { type, path: absolute };
}

/** Names of directories below wake/. */
async function readPeers(
  { files, root, env }: VerbContext,
  { peer, agent, sessionId, all }: NotifyInput,
): Promise<string[]> {
  if ([peer, agent, sessionId, all].filter(given => given !== undefined).length !== 1)
    throw usageError(
      'expected one of a name, --agent <name>, --session-id <uuid> and --all',
      'For example: agent-runner notify reviewer',
    );
  if (peer !== undefined) return [await servedAs(files, root, env, peer)];
  if (agent !== undefined) return [await servedOf(agentKind, files, root, agent)];
  if (sessionId !== undefined) {
    const id = sessionId.toLowerCase();
    if (!sessionKind.isId?.(id)) throw usageError(`--session-id: expected a UUID, got ${JSON.stringify(sessionId)}`);
    return [await servedOf(sessionKind, files, root, id)];
  }
  const peers = await listReachable(files, root);
  if (peers.length === 0) throw noSuchError('nobody can be notified yet', 'Start agents with: agent-runner start');
  return peers.sort();
}

/** An agent goes by its name there, a session by its id. */
async function servedAs(files: Files, root: string, env: NodeJS.ProcessEnv, typed: string): Promise<string> {
  const name = await resolveSelf(files, root, env, typed);
  const peer = await findPeer(files, root, name);
  if (peer?.wake === null)
    throw usageError(
      `the ${peer.kind.word} has no turns to start`,
      `Send a message instead: agent-runner send ${name} "text"`,
    );
  if (peer) return peer.wake;
  const part = name.toLowerCase();
  const ids = (await files.list(rootLayout(root).sessions)).filter(
    id => isSessionId(id) && isIdPart(part) && idFits(id, part),
  );
  if (ids.length > 1)
    throw usageError(
      `${JSON.stringify(typed)} fits ${ids.length} sessions: ${toldApart(ids).join(', ')}`,
      'Type one of these.',
    );
  if (ids.length === 0) throw await unknownPeer(files, root, name);
  return ids[0]!;
}

/** The same for who says the kind, too. */
async function servedOf(kind: PeerKind, files: Files, root: string, name: string): Promise<string> {
  const peer = await findPeer(files, root, name);
  if (peer?.kind === kind && peer.wake !== null) return peer.wake;
  if (peer) throw noSuchError(`${JSON.stringify(name)} is no ${kind.word}`, `Try: agent-runner notify ${name}`);
  if (kind.takesTurns) throw await unknownPeer(files, root, name);
  throw noSuchError(`there is no ${kind.word} ${name}`, 'See who is there: agent-runner list');
}

/** Agents, and sessions that are served. An ended session leaves only its log. */
async function listReachable(files: Files, root: string): Promise<string[]> {
  const names = await files.list(rootLayout(root).wake);
  const isThere = await Promise.all(
    names.map(async name => servedKind(name).takesTurns || (await files.facts(wakeLayout(root, name).token)) !== null),
  );
  return names.filter((_, index) => isThere[index]);
}

/** What became of it, in one word. */
type Fate = Pick<Notify, 'result' | 'turn' | 'code' | 'reason' | 'retryAt'>;

async function follow(
  files: Files,
  root: string,
  peer: string,
  said: Notified | { answer: 'unsafe'; reason: string },
  waitMs: number,
  stop: AbortSignal | undefined,
): Promise<Fate> {
  switch (said.answer) {
    case 'unavailable':
      return { result: 'unavailable', reason: said.reason };
    case 'unsafe':
      return { result: 'refused', code: 'unsafe', reason: said.reason };
    case 'refused':
      return {
        result: 'refused',
        code: said.code,
        reason: REFUSALS[said.code] ?? said.code,
        ...(said.retryAt ? { retryAt: said.retryAt } : {}),
      };
    default: {
      const turn = await turnOfSignal({ files, root, peer, id: said.id, waitMs, clock: systemClock, stop });
      return turn === null ? { result: 'queued' } : { result: 'confirmed', turn };
    }
  }
}
