/**
 * Retention of what belongs to no agent: cards, claims, the board's old segments, ended sessions, and what is done in the inboxes of
 * the others and the operator. Nothing unread is removed.
 */
import { join } from 'node:path';
import { clearBoard } from '#blackboard/board/clear.ts';
import { BOARD_START, type Cursor } from '#blackboard/board/cursor.ts';
import { clearCards } from '#blackboard/cards/cards.ts';
import { expireCards } from '#blackboard/cards/close-card.ts';
import { sweepClaims } from '#blackboard/claims/claiming.ts';
import { rotateEvents } from '#blackboard/events/record-events.ts';
import { agentLayout, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { clearSessions, isListening } from '#blackboard/peers/clear-sessions.ts';
import { isSessionId } from '#blackboard/peers/session-names.ts';
import { readSession } from '#blackboard/peers/sessions.ts';
import { DAY_MS, systemClock } from '#blackboard/system/clock.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAlive, isElsewhere } from '#blackboard/system/process-identity.ts';
import { boardPlace } from '#blackboard/turns/board-place.ts';
import { readCursor } from '#hooks/session/shown.ts';
import { putAsideLeft } from '#hooks/session/waiting-messages.ts';
import { type InboxRetention, sweepInbox } from '#runner/retention/inbox-retention.ts';

/** One sweep; it yields after every few effects. */
export async function* sweepShared(
  files: Files,
  root: string,
  retention: InboxRetention,
  nowMs: number,
): AsyncGenerator<void> {
  const beforeMs = nowMs - retention.days * DAY_MS;
  await rotateEvents(files, rootLayout(root).events);
  await rotateEvents(files, rootLayout(root).paneLog);
  await expireCards({ files, root, clock: systemClock });
  await sweepClaims(files, root, nowMs);
  yield* clearCards(files, root, beforeMs);
  yield* clearSessions(files, root, beforeMs);
  yield* clearTyped(files, root, beforeMs);
  yield* sweepInbox(files, inboxLayout(rootLayout(root).operator), retention, nowMs);
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId))
    if ((await files.obstacle(sessionLayout(root, id).inbox.inbox, 'write')) === null) {
      await buryLeft(files, root, id);
      yield;
      yield* sweepInbox(files, sessionLayout(root, id).inbox, retention, nowMs);
    }
  yield* clearBoard(files, root, { beforeMs, neededFrom: await neededSegment(files, root, beforeMs) });
}

/** Long texts that went into panes as files. */
async function* clearTyped(files: Files, root: string, beforeMs: number): AsyncGenerator<void> {
  const { typed } = rootLayout(root);
  for (const name of await files.list(typed)) {
    const path = join(typed, name);
    if (((await files.facts(path))?.mtimeMs ?? beforeMs) < beforeMs) await files.remove(path);
    yield;
  }
}

/** Of a session that is over no hook looks for what expired. */
async function buryLeft(files: Files, root: string, id: string): Promise<void> {
  const peer = await readSession(files, root, id).catch(() => null);
  if (!peer?.name || !peer.process || isElsewhere(peer.process) || (await isAlive(peer.process))) return;
  await putAsideLeft({ files, root, clock: systemClock, layout: sessionLayout(root, id) }, peer.name);
}

/**
 * The oldest segment that an agent, or a session that is alive or was active since, has not read to its end. An ended
 * session that returns after all that time continues with what still exists.
 */
export async function neededSegment(files: Files, root: string, sinceMs: number): Promise<number> {
  let needed = Number.POSITIVE_INFINITY;
  const note = (place: Cursor | null) => {
    if (place) needed = Math.min(needed, place.segment);
  };
  const ofAgent = async (name: string) => (await boardPlace(files, agentLayout(root, name))).cursor;
  for (const name of await listAgents(files, root)) note(await unlessDenied(ofAgent(name), BOARD_START));
  // If one cannot be read, what it has seen is unknown, and nothing is removed.
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId))
    note(await unlessDenied(sessionPlace(files, root, id, sinceMs), BOARD_START));
  return needed;
}

/** Also for one that reads from its copy, or from the beginning (hooks/session/shown.ts). */
const sessionPlace = async (files: Files, root: string, id: string, sinceMs: number): Promise<Cursor | null> =>
  (await isListening(files, root, id, sinceMs)) ? readCursor(files, sessionLayout(root, id)) : null;
