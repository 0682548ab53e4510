/**
 * Which session stands in which pane: by the processes, and by what claude's registry and our hooks say. They have claude's own
 * id of the session, so no other is made up. Pure.
 */
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import type { OpenSession } from '#hooks/claude/session-registry.ts';
import type { TmuxPane } from '#runner/panes/tmux.ts';

/** A session that claude has open, with the pids of its process and of all above it. */
export interface OpenWithLine extends OpenSession {
  /** Itself first. Empty: the process table could not be read. */
  line: readonly number[];
  /** Ctrl+Z. */
  isStopped: boolean;
  /** Claude's own directory that names it. */
  configDir: string;
}

export interface PaneSession {
  pane: TmuxPane;
  /** The claude in it, as its registry tells. */
  open: OpenWithLine | null;
  /** The session as our hooks registered it. */
  peer: SessionPeer | null;
  /** Hooks named this pane as that session's, and its process is gone. */
  lost: SessionPeer | null;
}

/** claude's id of the session that is in it now; null: none is. */
export const sessionIdIn = ({ open, peer }: Pick<PaneSession, 'open' | 'peer'>): string | null =>
  open?.sessionId ?? peer?.id ?? null;

/** `isAlive`: of a session's process. */
export function matchPanes(
  panes: readonly TmuxPane[],
  sessions: readonly OpenWithLine[],
  peers: readonly SessionPeer[],
  { socket, isAlive }: { socket: string; isAlive(peer: SessionPeer): boolean },
): PaneSession[] {
  return panes.map(pane => {
    const open = openIn(pane, sessions);
    const here = peers.filter(({ tmux }) => tmux?.socket === socket && tmux.pane === pane.id);
    const peer = peers.find(({ id }) => id === open?.sessionId) ?? null;
    if (open) return { pane, open, peer, lost: null };
    // Of several that were here one after the other, the last.
    const [last] = here.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    if (last && isAlive(last)) return { pane, open: null, peer: last, lost: null };
    return { pane, open: null, peer: null, lost: last ?? null };
  });
}

/**
 * A claude that was started in this pane, however many shells stand in between. Of several it is the one that is not suspended;
 * one that another claude started, in a tool, has no terminal.
 */
function openIn(pane: TmuxPane, sessions: readonly OpenWithLine[]): OpenWithLine | null {
  const inside = sessions.filter(each => each.entrypoint === 'cli' && isIn(each, pane));
  const outer = inside.filter(each => !inside.some(({ pid }) => pid !== each.pid && each.line.includes(pid)));
  const active = outer.filter(({ isStopped }) => !isStopped);
  const [only, another] = active.length > 0 ? active : outer;
  return only && !another ? only : null;
}

/** Where the registry names a pane, it must be this one. */
const isIn = ({ line, pane: named }: OpenWithLine, { pid, id }: TmuxPane): boolean =>
  (line.length === 0 ? named === id : line.includes(pid)) && (named === null || named === id);
