/** `agent-runner notify`: sends a signal to a peer, to start a turn now. It carries no text. */

import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { rootLayout, wakeLayout } from '#blackboard/layout.ts';
import { isAgent, OPERATOR, unknownPeer } from '#blackboard/peers/peers.ts';
import { isSessionId, sessionNamed } from '#blackboard/peers/session-names.ts';
import { readSession } from '#blackboard/peers/sessions.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { isPath, SIGNAL_TYPES, type Signal } from '#blackboard/signals/signal.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode, isRunnerError, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { idFits, isIdPart, toldApart } from '#blackboard/system/short-id.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { resolveSelf } from '#runner/messages/sender.ts';
import { printJson } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';
import { REFUSALS } from '#runner/wake/answer.ts';
import { type Notified, notifyPeer } from '#runner/wake/client.ts';
import { turnOfSignal } from '#runner/wake/signal-proof.ts';

export const command: Declaration = {
  words: 'notify',
  heading: 'Signals',
  about: 'start a turn of a peer now; carries no text. Exit 0 confirmed or queued, 69 unavailable, 77 refused',
  arguments: [
    { name: '[peer]', about: 'an agent or a session, by its name or by (an end of) its id', completes: 'peer' },
  ],
  options: [
    { flags: '--agent <name>', about: 'an agent', completes: 'agent' },
    { flags: '--session-id <uuid>', about: 'an interactive session, as list --json names it' },
    { flags: '--all', about: 'everybody who can be notified' },
    { flags: '--type <type>', about: 'wake or file_changed', fallback: 'wake', completes: ['wake', 'file_changed'] },
    { flags: '--path <file>', about: 'the file that has changed; it must lie where the peer works', completes: 'file' },
    { flags: '--wait <seconds>', about: 'wait for the proof that a turn has started' },
  ],
  json: true,
  examples: ['agent-runner notify reviewer', 'agent-runner notify --all --type wake --wait 5'],
  exits: { 64: 'wrong options', 66: 'no such peer', 69: 'unavailable (nobody serves it)', 77: 'refused' },
};

export interface NotifyOptions {
  agent?: string;
  sessionId?: string;
  all?: boolean;
  type: string;
  path?: string;
  wait?: string;
}

/** What became of it, in one word. */
type Result =
  /** turn: an agent's number, or the id of a session's prompt. */
  | { result: 'confirmed'; turn: number | string }
  | { result: 'queued' }
  | { result: 'unavailable'; reason: string }
  | { result: 'refused'; code: string; reason: string; retryAt?: string };

export async function run(global: GlobalOptions, peer: string | undefined, options: NotifyOptions): Promise<number> {
  const files = createSyncFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const signal = await readSignal(options);
  const waitMs = readWait(options.wait);
  const peers = await readPeers(files, root, peer, options);
  const told = await notifyAll({ files, root, peers, signal, waitMs, json: global.json });
  if (global.json) printJson(options.all ? told : told[0]);
  else for (const each of told) tell(each);
  if (told.some(({ result }) => result === 'refused')) return exitCode.refused;
  // Of all peers, those that do not run are no failure of those that do.
  const isReached = told.some(({ result }) => result === 'confirmed' || result === 'queued');
  return isReached ? exitCode.ok : exitCode.notRunning;
}

/** Sends it to each, and follows what becomes of it there. */
async function notifyAll(to: {
  files: Files;
  root: string;
  peers: readonly string[];
  signal: Signal;
  waitMs: number;
  json: boolean | undefined;
}) {
  const { files, root, peers, signal, waitMs, json } = to;
  using _shown = showWaiting('waiting for a turn to start', { json });
  return await Promise.all(
    peers.map(async peer => {
      const said = await notifyPeer(root, peer, signal).catch(error => {
        if (isRunnerError(error) && error.exit === exitCode.refused)
          return { answer: 'unsafe' as const, reason: error.message };
        throw error;
      });
      return { peer, ...said, ...(await follow(files, root, peer, said, waitMs)) };
    }),
  );
}

async function readSignal({ type, path }: NotifyOptions): Promise<Signal> {
  if (type === 'wake') {
    if (path !== undefined) throw usageError('--path belongs to --type file_changed');
    return { type };
  }
  if (type !== 'file_changed')
    throw usageError(`expected --type ${SIGNAL_TYPES.join(' or ')}, got ${JSON.stringify(type)}`);
  if (path === undefined) throw usageError('--type file_changed needs --path <file>');
  const absolute = await realpath(path).catch(() => resolve(path));
  if (!isPath(absolute)) throw usageError(`the path ${JSON.stringify(path)} is too long or holds control characters`);
  return { type, path: absolute };
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (!(seconds >= 0 && seconds <= 86_400)) throw usageError(`--wait: expected seconds, got ${JSON.stringify(text)}`);
  return seconds * 1000;
}

/** Names of directories below wake/. */
async function readPeers(
  files: Files,
  root: string,
  peer: string | undefined,
  { agent, sessionId, all }: NotifyOptions,
): Promise<string[]> {
  if ([peer, agent, sessionId, all].filter(given => given !== undefined).length !== 1)
    throw usageError(
      'expected one of a name, --agent <name>, --session-id <uuid> and --all',
      'For example: agent-runner notify reviewer',
    );
  if (peer !== undefined) return [await servedAs(files, root, peer)];
  if (agent !== undefined) {
    if (!(await isAgent(files, root, agent))) throw await notAnAgent(files, root, agent);
    return [agent];
  }
  if (sessionId !== undefined) {
    const id = sessionId.toLowerCase();
    if (!isSessionId(id)) throw usageError(`--session-id: expected a UUID, got ${JSON.stringify(sessionId)}`);
    if (!(await readSession(files, root, id)))
      throw noSuchError(`there is no session ${id}`, 'See who is there: agent-runner list');
    return [id];
  }
  const peers = await listReachable(files, root);
  if (peers.length === 0) throw noSuchError('nobody can be notified yet', 'Start agents with: agent-runner start');
  return peers.sort();
}

/** An agent goes by its name there, a session by its id. */
async function servedAs(files: Files, root: string, typed: string): Promise<string> {
  const name = await resolveSelf(files, root, process.env, typed);
  if (name === OPERATOR)
    throw usageError('the operator has no turns to start', 'Send a message instead: agent-runner send operator "text"');
  if (await isAgent(files, root, name)) return name;
  const session = await sessionNamed(files, root, name);
  if (session !== null) return session;
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

async function notAnAgent(files: Files, root: string, name: string): Promise<Error> {
  const session = await sessionNamed(files, root, name);
  if (session === null) return unknownPeer(files, root, name);
  return noSuchError(`${JSON.stringify(name)} is a session`, `Try: agent-runner notify --session-id ${session}`);
}

/** Agents, and sessions that are served: those that are over leave their log behind. */
async function listReachable(files: Files, root: string): Promise<string[]> {
  const names = await files.list(rootLayout(root).wake);
  const isThere = await Promise.all(
    names.map(async name => !isSessionId(name) || (await files.facts(wakeLayout(root, name).token)) !== null),
  );
  return names.filter((_, index) => isThere[index]);
}

async function follow(
  files: Files,
  root: string,
  peer: string,
  said: Notified | { answer: 'unsafe'; reason: string },
  waitMs: number,
): Promise<Result> {
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
      const turn = await turnOfSignal({ files, root, peer, id: said.id, waitMs, clock: systemClock });
      return turn === null ? { result: 'queued' } : { result: 'confirmed', turn };
    }
  }
}

function tell({ peer, ...told }: { peer: string } & Result): void {
  switch (told.result) {
    case 'confirmed':
      process.stdout.write(`${peer}: confirmed: turn ${told.turn} has started\n`);
      return;
    case 'queued':
      process.stdout.write(`${peer}: queued: seen in this turn or the next\n`);
      return;
    case 'unavailable':
      process.stderr.write(`${peer}: unavailable: ${printableLine(told.reason)}\n`);
      return;
    case 'refused': {
      const again = told.retryAt ? `; try again at ${told.retryAt}` : '';
      process.stderr.write(`${peer}: refused (${told.code}): ${printableLine(told.reason)}${again}\n`);
    }
  }
}
