/**
 * Retention of what belongs to no agent: the board's old segments, sessions that are over, and what is done in the inboxes of
 * the others and the operator. Nothing unread is removed.
 */

import { clearBoard } from '../../blackboard/board/clear.ts';
import { formatCursor, parseCursor } from '../../blackboard/board/cursor.ts';
import { clearSessions, isListening } from '../../blackboard/clear-sessions.ts';
import { unlessDenied } from '../../blackboard/denied.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { agentLayout, inboxLayout, rootLayout, sessionLayout, turnLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { listAgents } from '../../blackboard/peers.ts';
import { isSessionId } from '../../blackboard/session-names.ts';
import { latestTurn } from '../../blackboard/turns.ts';
import { readEnded } from '../turn/long-answer.ts';
import { type InboxRetention, sweepInbox } from './inbox-retention.ts';

const DAY_MS = 86_400_000;

/** One sweep; it yields after every few effects. */
export async function* sweepShared(
  files: Files,
  root: string,
  retention: InboxRetention,
  nowMs: number,
): AsyncGenerator<void> {
  const beforeMs = nowMs - retention.days * DAY_MS;
  yield* clearSessions(files, root, beforeMs);
  yield* sweepInbox(files, inboxLayout(rootLayout(root).operator), retention, nowMs);
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId))
    if ((await files.obstacle(sessionLayout(root, id).inbox.inbox, 'write')) === null)
      yield* sweepInbox(files, sessionLayout(root, id).inbox, retention, nowMs);
  yield* clearBoard(files, root, { beforeMs, neededFrom: await neededSegment(files, root, beforeMs) });
}

/**
 * The oldest segment that an agent, or a session that lives or was active since, has not read to its end. A session that is
 * over, and comes back after all that time, goes on with what is still there.
 */
export async function neededSegment(files: Files, root: string, sinceMs: number): Promise<number> {
  let needed = Number.POSITIVE_INFINITY;
  const note = (cursor: string | null) => {
    const segment = cursor === null ? undefined : parseCursor(cursor)?.segment;
    if (segment !== undefined) needed = Math.min(needed, segment);
  };
  for (const name of await listAgents(files, root)) note(await unlessDenied(agentCursor(files, root, name), FIRST));
  // Of one that may not be looked into nobody knows what it has read: nothing goes, then.
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId))
    note(await unlessDenied(sessionCursor(files, root, id, sinceMs), FIRST));
  return needed;
}

const FIRST = formatCursor({ segment: 1, offset: 0 });

const sessionCursor = async (files: Files, root: string, id: string, sinceMs: number): Promise<string | null> =>
  (await isListening(files, root, id, sinceMs))
    ? readText(files, sessionLayout(root, id).cursor, limits.frontMatterBytesMax)
    : null;

/** As its newest decision has it; null: it has not begun to read. */
async function agentCursor(files: Files, root: string, name: string): Promise<string | null> {
  const { turns } = agentLayout(root, name);
  const newest = await latestTurn(files, turns);
  for (const number of [newest, newest - 1]) {
    const ended = number > 0 ? await readEnded(files, turnLayout(turns, number)).catch(() => null) : null;
    if (ended) return ended.board;
  }
  return null;
}
