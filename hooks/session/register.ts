/** Registers a session: its directory, its position on the board and, if a person uses it, its name and inbox. */
import { takeMark } from '#blackboard/board/nothing-new.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { readStanding } from '#blackboard/board/standing.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { boardLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { nameOf } from '#blackboard/messages/peer-name.ts';
import { moveOffered, offerSession } from '#blackboard/peers/offered.ts';
import {
  moveSession,
  readSession,
  registerSession,
  type SessionPeer,
  sessionOfProcess,
} from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identify, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { agendaOf } from '#hooks/session/agenda.ts';
import { gitBranch } from '#hooks/session/git-branch.ts';
import { type HookContext, isAttended, perform, takeBoard } from '#hooks/session/hook-context.ts';
import { moveCursor, readCursor } from '#hooks/session/shown.ts';

/** The claude that runs this hook. */
export async function claudeProcess({ env }: HookContext): Promise<ProcessIdentity | null> {
  return /^\d{1,10}$/.test(env.CLAUDE_PID ?? '') ? identify(Number(env.CLAUDE_PID)) : null;
}

/**
 * Registers it again, whatever existed before. null for a session without a person: it hears the board, but is not a
 * peer.
 */
export async function register(context: HookContext): Promise<SessionPeer | null> {
  const { files, root, event, env, clock, layout } = context;
  const process = await claudeProcess(context);
  const before = process && (await sessionOfProcess(files, root, process));
  const over = before?.id === event.sessionId ? null : before;
  // /clear: the conversation has a new id, in the same process.
  if (event.source === 'clear' && over) await moveSession(files, root, over, event.sessionId);
  else if (event.source === 'clear' && process) await moveOffered(files, root, process, event.sessionId);
  await beginHearing(context);
  const known = await readSession(files, root, event.sessionId).catch(() => null);
  if (!isAttended(env)) return known;
  const socket = env.TMUX?.split(',')[0];
  const facts = {
    id: event.sessionId,
    cwd: event.cwd,
    branch: await gitBranch(files, event.cwd, env),
    process,
    tmux: env.TMUX_PANE && socket ? { socket, pane: env.TMUX_PANE } : null,
    configDir: claudeConfigDir(env),
    transcript: event.transcript,
    startedAt: new Date(clock.nowMs()).toISOString(),
  };
  // It was disconnected, or new sessions are not connected by themselves.
  const { autoStartOff } = rootLayout(root);
  if (!known && ((await files.facts(layout.offered)) || (await files.facts(autoStartOff)))) {
    await offerSession(files, root, facts);
    return null;
  }
  // As `spawn` has called it, which sets this for the claude that it starts.
  const wanted = nameOf([env.AGENT_RUNNER_SESSION_NAME ?? ''], limits.peerNameCharsMax);
  const peer = await registerSession(files, root, facts, wanted === '' ? null : wanted);
  const { id: sessionId, cwd, startedAt } = peer;
  const tell = (id: string, event: EventBody) => recordEvents(files, sessionLayout(root, id).inbox, startedAt, event);
  if (over) await tell(over.id, { type: 'session.ended', sessionId: over.id });
  await tell(sessionId, { type: 'session.appeared', sessionId, cwd });
  return peer;
}

/** The peer, registered now if the hooks were installed during its life. */
export async function requireListener(context: HookContext): Promise<SessionPeer | null> {
  const { files, root, event, env, layout } = context;
  const peer = await readSession(files, root, event.sessionId).catch(() => null);
  if (peer && (await files.facts(layout.cursor))) return peer;
  if (!peer && isAttended(env) && !(await files.facts(layout.offered))) return register(context);
  await beginHearing(context);
  return peer;
}

/**
 * A new reader starts at the end of the board, and is told at its first prompt what is still valid before that. Until
 * then it has no read mark, so that hook.sh does not decide "nothing new". The cursor is written last: a reader with a
 * cursor is not new.
 */
async function beginHearing(context: HookContext): Promise<void> {
  const { files, root, layout, clock } = context;
  for (const directory of [rootLayout(root).sessions, layout.home, layout.shown, layout.unproven])
    await files.makeDirectory(directory);
  if (await readCursor(files, layout)) return;
  const board = boardLayout(root);
  await perform(context, agendaOf('listen').before, { board: (port, time) => takeBoard(context, port, time) });
  const mark = await takeMark(files, board);
  const end = await endOfBoard(files, board);
  const holds = (await readStanding(files, board, null, clock.nowMs())).entries.length > 0;
  if (holds) await replaceFile(files, layout.standing, '');
  await moveCursor(files, layout, end, holds ? null : mark);
}
