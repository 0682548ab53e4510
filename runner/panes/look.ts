/** Looks at panes: asks tmux, claude's registry, our sessions and the transcripts, and has it decided what each pane does. */
import { basename } from 'node:path';
import { readSession, type SessionPeer } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAliveSync, isElsewhere, isStopped, lineageOf, startTimeSync } from '#blackboard/system/process-identity.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { claudeConfigDir, locateTranscript } from '#hooks/claude/session-files.ts';
import { openSession, openSessions } from '#hooks/claude/session-registry.ts';
import { decidePane, type PaneState } from '#runner/panes/decide.ts';
import { matchPanes, type OpenWithLine, type PaneSession, sessionIdIn } from '#runner/panes/match.ts';
import { readScreen, type Screen } from '#runner/panes/screen.ts';
import { ownPane } from '#runner/panes/server-socket.ts';
import type { Tmux } from '#runner/panes/tmux.ts';
import { readTurn } from '#runner/panes/transcript.ts';

export interface LookContext {
  /** The caller's: its own pane, and where claude's registry is. */
  env: Readonly<Record<string, string | undefined>>;
  /** Sessions that our hooks registered. */
  peers: readonly SessionPeer[];
}

/** A pane, who is in it, and what it does. */
export interface PaneView extends PaneSession, PaneState {
  socket: string;
  screen: Screen;
  /** The screen as tmux gave it, with its colours: one line for each row of the pane. */
  captured: string;
  /** null: there is none yet. */
  transcript: string | null;
  /** When the transcript was last written. */
  lastActivityMs: number | null;
  /** The caller is in it. */
  isOwn: boolean;
}

/** Those of these ids that hooks registered, alive or not. */
export async function registeredSessions(files: Files, root: string, ids: readonly string[]): Promise<SessionPeer[]> {
  const found = await Promise.all(ids.map(id => readSession(files, root, id).catch(() => null)));
  return found.filter(peer => peer !== null);
}

/** Who stands where. null: no tmux server runs there. Throws 69 if tmux is missing or too old. */
export async function listPanes(tmux: Tmux, { env, peers }: LookContext): Promise<PaneSession[] | null> {
  const panes = await tmux.panes();
  if (panes === null) return null;
  const sessions = await sessionsWithLines(configDirs(env, peers));
  // A session of another container has another tmux at the same path.
  const near = peers.filter(({ process }) => process === null || !isElsewhere(process)).map(withRealSocket);
  const isAlive = ({ process }: SessionPeer) => process !== null && isAliveSync(process);
  return matchPanes(panes, sessions, near, { socket: tmux.socket, isAlive });
}

/** tmux tells its panes of its socket as it was called itself. */
const withRealSocket = (peer: SessionPeer): SessionPeer =>
  peer.tmux ? { ...peer, tmux: { ...peer.tmux, socket: realPathOf(peer.tmux.socket) } } : peer;

/** Those that have something of claude in them; the others are a person's own. */
export const hasClaude = ({ open, peer, pane }: PaneSession): boolean =>
  open !== null || peer !== null || pane.command === 'claude';

/** What they do. One that is gone meanwhile is left out. */
export async function lookAtPanes(
  tmux: Tmux,
  found: readonly PaneSession[],
  { env }: LookContext,
): Promise<PaneView[]> {
  const screens = await tmux.screens(found.map(({ pane }) => pane.id));
  const own = ownPane(env, tmux.socket);
  const views = found.map(async (session): Promise<PaneView | null> => {
    const shown = screens.get(session.pane.id);
    if (!shown) return null;
    const { captured, ...flags } = shown;
    const screen = readScreen(captured);
    const transcript = await transcriptOf(session, env);
    const end = readTurn(transcript);
    const state = decidePane({
      pane: { ...session.pane, ...flags },
      ...{ screen, registry: session.open },
      transcript: end?.turn ?? null,
      hasCrashed: session.lost !== null,
      isSuspended: session.open?.isStopped ?? false,
    });
    const lastActivityMs = end?.changedMs ?? null;
    const isOwn = session.pane.id === own;
    return { ...session, ...state, socket: tmux.socket, screen, captured, transcript, lastActivityMs, isOwn };
  });
  return (await Promise.all(views)).filter(view => view !== null);
}

/**
 * The same pane again, as long as the same claude has the same session open in it: one call of tmux, and of the registry the file of that
 * process alone. null: it has to be found again.
 */
export async function lookAgain(tmux: Tmux, view: PaneView, env: LookContext['env']): Promise<PaneView | null> {
  const { open: before } = view;
  const now = before && (await openSession(before.configDir, before.pid, startTimeSync));
  if (!now || now.sessionId !== before.sessionId || now.startTime !== before.startTime) return null;
  const open = { ...before, ...now, isStopped: isStopped(now.pid) };
  return (await lookAtPanes(tmux, [{ ...view, open }], { env, peers: [] }))[0] ?? null;
}

const configDirs = (env: LookContext['env'], peers: readonly SessionPeer[]): string[] => [
  ...new Set([claudeConfigDir(env), ...peers.flatMap(({ configDir }) => configDir ?? [])]),
];

async function sessionsWithLines(directories: readonly string[]): Promise<OpenWithLine[]> {
  const found: OpenWithLine[] = [];
  for (const directory of directories)
    for await (const session of openSessions(directory, startTimeSync))
      if (session.entrypoint === 'cli') {
        const line = lineageOf(session.pid).map(({ pid }) => pid);
        found.push({ ...session, line, isStopped: isStopped(session.pid), configDir: directory });
      }
  return found;
}

/** Of the session that is open there now: /clear begins another file. null: the CLI has written none yet, or nobody is there. */
export async function transcriptOf(
  { open, peer }: Pick<PaneSession, 'open' | 'peer'>,
  env: LookContext['env'],
): Promise<string | null> {
  const id = sessionIdIn({ open, peer });
  if (id === null) return null;
  if (peer?.transcript && basename(peer.transcript) === `${id}.jsonl`) return peer.transcript;
  const directory = open?.configDir ?? peer?.configDir ?? claudeConfigDir(env);
  return (await locateTranscript(directory, id))?.path ?? null;
}
