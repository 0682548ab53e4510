/** The pane that a person means by a name, the id of a session (its beginning will do) or a pane's address. */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { meantPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { isSessionId } from '#blackboard/peers/session-names.ts';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { noSuchError, notRunningError, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { listPanes, lookAtPanes, type PaneView, registeredSessions } from '#runner/panes/look.ts';
import { type PaneSession, sessionIdIn } from '#runner/panes/match.ts';
import { isPaneAddress, serverSocket } from '#runner/panes/server-socket.ts';
import { createTmux } from '#runner/panes/tmux.ts';

export interface FindContext {
  files: Files;
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  /** --socket. */
  socket?: string | undefined;
}

/** Somebody in tmux: the pane, or the one session that is to be found there. */
export interface Target {
  /** How a person called it. */
  typed: string;
  /** null: by its address alone. */
  sessionId: string | null;
  peer: SessionPeer | null;
}

const shown = (typed: string) => quotedName(typed, limits.nameShownCharsMax);

/** Throws 64 where a beginning fits several. */
export async function findTarget({ files, root }: FindContext, typed: string): Promise<Target> {
  // One without our hooks has a name that claude gave it, and an id.
  const unknown: Target = { typed, sessionId: null, peer: null };
  if (isPaneAddress(typed)) return unknown;
  const named = await meantPeer(files, root, typed, kind => kind === sessionKind);
  if (named && named.kind !== sessionKind) return unknown;
  const begin = typed.toLowerCase();
  const begun = async () =>
    typed.length < ID_BEGINNING
      ? []
      : (await files.list(rootLayout(root).sessions)).filter(id => isSessionId(id) && id.startsWith(begin));
  const ids = named ? [named.id!] : await begun();
  if (ids.length > 1)
    throw usageError(`${shown(typed)} is the beginning of ${ids.length} sessions' ids`, 'Type more of it.');
  const [peer] = await registeredSessions(files, root, ids);
  return peer ? { typed, sessionId: peer.id, peer } : unknown;
}

/** Characters of an id that are enough to mean it. */
const ID_BEGINNING = 4;

/** Its pane, and what it does. Throws 66 if there is none, 69 without a tmux server. */
export async function requirePane(context: FindContext, target: Target): Promise<PaneView> {
  const { files, root, env } = context;
  const { peer, typed } = target;
  const peers = await sessionsWithProcess(files, root, peer?.id);
  const socket = context.socket === undefined && peer?.tmux ? peer.tmux.socket : serverSocket(env, context.socket);
  const tmux = createTmux(realPathOf(socket), env);
  const panes = await listPanes(tmux, { env, peers });
  if (panes === null)
    throw notRunningError(
      `no tmux server runs at ${shown(socket)}`,
      'Name another one with --socket, or in AGENT_RUNNER_TMUX.',
    );
  const found = meantPane(panes, target);
  if (!found) throw noPane(panes, target);
  const [view] = await lookAtPanes(tmux, [found], { env, peers });
  if (!view) throw noSuchError(`the pane of ${shown(typed)} is gone`);
  return view;
}

function meantPane(panes: readonly PaneSession[], { typed, sessionId }: Target): PaneSession | null {
  const address = typed.replace(/\*$/, '');
  if (isPaneAddress(typed))
    return panes.find(({ pane }) => [pane.id, pane.address, ...pane.aliases].includes(address)) ?? null;
  if (sessionId !== null)
    return (
      panes.find(each => sessionIdIn(each) === sessionId) ?? panes.find(({ lost }) => lost?.id === sessionId) ?? null
    );
  const named = panes.filter(({ open }) => open?.name === typed);
  const byId = panes.filter(each => typed.length >= ID_BEGINNING && sessionIdIn(each)?.startsWith(typed.toLowerCase()));
  const found = named.length > 0 ? named : byId;
  if (found.length > 1)
    throw usageError(`${shown(typed)} fits ${found.length} panes`, `Type one of: ${addresses(found)}`);
  return found[0] ?? null;
}

const addresses = (panes: readonly PaneSession[]) =>
  panes
    .slice(0, 8)
    .map(({ pane }) => shown(pane.address))
    .join(', ');

/** A pane that changed hands is told: who knew it would press keys in somebody else's. */
function noPane(panes: readonly PaneSession[], { typed, peer }: Target): Error {
  const its = peer?.tmux && panes.find(({ pane }) => pane.id === peer.tmux?.pane);
  if (its) {
    const now = sessionIdIn(its);
    const who = now === null ? 'no session is in it now' : `session ${now} is in it now`;
    return noSuchError(`the session ${shown(typed)} is not in its pane ${shown(its.pane.address)} any more: ${who}`);
  }
  const all = panes.filter(({ open, peer }) => open !== null || peer !== null);
  return noSuchError(
    `no pane of tmux has ${shown(typed)}`,
    all.length > 0 ? `There are: ${addresses(all)}.` : 'See all with: agent-runner list',
  );
}

/** Sessions that have a process, and this one: of those that are over a root may have thousands. */
async function sessionsWithProcess(files: Files, root: string, id: string | undefined): Promise<SessionPeer[]> {
  const { sessionPids } = rootLayout(root);
  const ids = new Set(id === undefined ? [] : [id]);
  for (const name of await files.list(sessionPids))
    ids.add(
      (await readText(files, join(sessionPids, name), limits.frontMatterBytesMax).catch(() => null))?.trim() ?? '',
    );
  return registeredSessions(files, root, [...ids].filter(isSessionId));
}
