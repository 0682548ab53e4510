/**
 * What a session was shown, until there is proof that it was seen. A directory for each occasion, `shown/<occasion>`:
 * creating it decides which of several installed hooks speaks. Without proof, the record is in `unproven/` as `news,…`
 * (a prompt) or `mid,…` (anything else), and the messages are claimed in cur; later it moves to its occasion, as `seen`
 * or `unseen`.
 */
import { join } from 'node:path';
import { BOARD_START, type Cursor, formatCursor, isBefore, parseCursor } from '#blackboard/board/cursor.ts';
import { keepMark } from '#blackboard/board/nothing-new.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { ackRead, claim, listClaimed, release } from '#blackboard/inbox/claim.ts';
import { noteSeen, type SeenRecord } from '#blackboard/inbox/seen.ts';
import type { SessionLayout } from '#blackboard/layout.ts';
import { asksForReply, type MessageKind } from '#blackboard/messages/message.ts';
import {
  claimedName,
  formatMessageName,
  type MessageName,
  parseMessageName,
} from '#blackboard/messages/message-name.ts';
import type { Deadline } from '#blackboard/system/deadline.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord, replaceCopy, replaceFile } from '#blackboard/system/record.ts';

export interface Shown {
  /** queued: a prompt typed while a turn ran. Claude delivers it later, under that turn's prompt_id or another one. */
  by: 'prompt' | 'queued' | 'tool' | 'stop';
  promptId: string;
  /** The random line of the text: identifies it in the transcript. */
  boundary: string;
  /** Where the board's reading continues once this was seen; null: no entries were shown. */
  cursor: string | null;
  mark: string | null;
  /** It told what was still valid on the board when the session began. */
  standing?: true;
  /** The cards that it has been told of with this. */
  cards?: string[];
  messages: { name: string; kind: MessageKind }[];
  transcript: string | null;
  /** Bytes of the transcript before it was shown. */
  transcriptBytes: number;
}

/** The number under which a session's messages are in cur: it has no turns. */
const NO_TURN = 0;

const recordName = (by: Shown['by'], occasion: string): string => `${by === 'prompt' ? 'news' : 'mid'},${occasion}`;

/** null for a name that is not ours. */
const occasionOf = (record: string): string | null => /^(?:news|mid),([^/]+)$/.exec(record)?.[1] ?? null;

/** Whether this hook may speak: one of those that run for the same occasion. */
export async function elect(files: Files, layout: SessionLayout, occasion: string): Promise<boolean> {
  await files.makeDirectory(layout.shown);
  return (await files.makeDirectory(join(layout.shown, occasion))) === 'made';
}

/**
 * Records what will be shown, then claims its messages. After a crash between here and the print it is shown again, and
 * also after a power loss: nothing waits for the disk here, because a person waits for the prompt.
 */
export async function recordShown(files: Files, layout: SessionLayout, occasion: string, shown: Shown): Promise<void> {
  const temporary = join(layout.shown, occasion, 'tmp');
  await files.append(temporary, `${JSON.stringify(shown)}\n`);
  await files.makeDirectory(layout.unproven);
  await files.move(temporary, join(layout.unproven, recordName(shown.by, occasion)));
  const names = shown.messages.map(({ name }) => parseMessageName(name)).filter(name => name !== null);
  const claimed = names.length > 0 ? await claim(files, layout.inbox, NO_TURN, names) : [];
  await tell(files, layout, 'message.claimed', claimed);
}

const tell = (
  files: Files,
  { inbox }: SessionLayout,
  type: 'message.claimed' | 'message.released',
  names: readonly MessageName[],
): Promise<void> =>
  recordEvents(files, inbox, new Date().toISOString(), ...names.map(({ id }) => ({ type, id, turn: null })));

/** Records that the hook of that occasion has printed, which is asked for only if claude keeps no transcript. */
export const notePrinted = (files: Files, layout: SessionLayout, occasion: string): Promise<void> =>
  files.append(join(layout.shown, occasion, PRINTED), '');

export const wasPrinted = async (files: Files, layout: SessionLayout, { occasion }: Unproven): Promise<boolean> =>
  (await files.facts(join(layout.shown, occasion, PRINTED))) !== null;

const PRINTED = 'printed';

export interface Unproven {
  occasion: string;
  path: string;
  /** null: a record that cannot be read, which counts as nothing shown. */
  shown: Shown | null;
}

/** What was shown and is proven to have been seen, and by what. Nothing has been done about it yet. */
export interface Seen {
  record: Unproven;
  shown: Shown;
  by: SeenRecord['by'];
}

/** What was shown and is not proven to have been seen. */
export async function listUnproven(files: Files, layout: SessionLayout): Promise<Unproven[]> {
  const found: Unproven[] = [];
  for (const record of await files.list(layout.unproven)) {
    const occasion = occasionOf(record);
    if (occasion === null) continue;
    const path = join(layout.unproven, record);
    const shown = await readRecord<unknown>(files, path).catch(() => null);
    found.push({ occasion, path, shown: isShown(shown) ? shown : null });
  }
  return found;
}

/** A foreign file must not keep the session from news for ever. */
function isShown(value: unknown): value is Shown {
  if (typeof value !== 'object' || value === null) return false;
  const { by, promptId, boundary, cursor, mark, messages, transcript, transcriptBytes, cards } = value as Record<
    string,
    unknown
  >;
  const isTextOrNull = (each: unknown) => each === null || typeof each === 'string';
  return (
    typeof by === 'string' &&
    typeof promptId === 'string' &&
    typeof boundary === 'string' &&
    boundary !== '' &&
    [cursor, mark, transcript].every(isTextOrNull) &&
    typeof transcriptBytes === 'number' &&
    (cards === undefined || Array.isArray(cards)) &&
    Array.isArray(messages) &&
    messages.every(each => typeof each?.name === 'string' && typeof each.kind === 'string')
  );
}

/**
 * It was seen: the cursor moves, the messages are done, each with its proof beside its outcome. Can be repeated after a stop at any point; several hooks may do
 * it at once. False: time ran out before the end, though at least one message was done.
 */
export async function settleShown(
  files: Files,
  layout: SessionLayout,
  { record, shown, by }: Seen,
  nowMs: number,
  time: Deadline,
): Promise<boolean> {
  const cursor = shown.cursor === null ? null : parseCursor(shown.cursor);
  if (shown.standing) await files.remove(layout.standing);
  if (shown.cards) await replaceFile(files, layout.cardsTold, `${shown.cards.join('\n')}\n`);
  if (cursor) await moveCursor(files, layout, cursor, shown.mark);
  const waiting = new Set([...(await files.list(layout.inbox.cur)), ...(await files.list(layout.inbox.new))]);
  let done = 0;
  for (const { name, kind } of shown.messages) {
    const parsed = parseMessageName(name);
    // What is already done takes no time from the others.
    if (!parsed || (!waiting.has(name) && !waiting.has(claimedName(NO_TURN, parsed)))) continue;
    if (done++ > 0 && time.isOver()) return false;
    const { inbox } = layout;
    const { boundary, transcript } = shown;
    await noteSeen(files, inbox, parsed.id, { at: new Date(nowMs).toISOString(), by, boundary, transcript });
    const acked = (path: string) => ackRead(files, inbox, { path, name: parsed }, asksForReply(kind), nowMs);
    if ((await acked(join(inbox.cur, claimedName(NO_TURN, parsed)))) === 'gone') await acked(join(inbox.new, name));
  }
  await putAway(files, layout, record, 'seen');
  return true;
}

/** It was not seen: the messages wait again, the cursor stays. */
export async function forgetShown(files: Files, layout: SessionLayout, record: Unproven): Promise<void> {
  await putAway(files, layout, record, 'unseen');
}

async function putAway(files: Files, layout: SessionLayout, { occasion, path }: Unproven, as: 'seen' | 'unseen') {
  const isThere = (await files.move(path, join(layout.shown, occasion, as))) === 'moved';
  // Its occasion is gone, or another hook did this first.
  if (!isThere) await files.remove(path);
}

/** Everything claimed that belongs to nothing that may still be proven goes back to new. */
export async function releaseOthers(files: Files, layout: SessionLayout, kept: readonly Shown[]): Promise<void> {
  const names = new Set(kept.flatMap(({ messages }) => messages.map(({ name }) => name)));
  for (const claimed of await listClaimed(files, layout.inbox)) {
    if (names.has(formatMessageName(claimed.name))) continue;
    // "gone": another hook has done it.
    const moved = await release(files, layout.inbox, claimed, claimed.name, null);
    if (moved === 'moved') await tell(files, layout, 'message.released', [claimed.name]);
  }
}

/** How far the session has seen the board, or null if it is new to it. */
export const readCursor = async (files: Files, layout: SessionLayout): Promise<Cursor | null> =>
  (await readPlace(files, layout)).cursor;

/**
 * The same, with what is wrong: an invalid cursor is no reason to begin at the end. Reading continues from its copy,
 * which says how far it had provably seen; without one, from the beginning of the board.
 */
export async function readPlace(
  files: Files,
  layout: SessionLayout,
): Promise<{ cursor: Cursor | null; fault: string | null }> {
  const text = await readText(files, layout.cursor, limits.frontMatterBytesMax);
  const cursor = text === null ? null : parseCursor(text);
  if (cursor) return { cursor, fault: null };
  const copy = await readText(files, layout.cursorCopy, limits.frontMatterBytesMax);
  if (text === null && copy === null) return { cursor: null, fault: null };
  const kept = copy === null ? null : parseCursor(copy);
  const from = kept ? `goes on from its copy, ${formatCursor(kept)}` : 'goes on from the beginning of the board';
  const what = text === null ? 'is gone' : `holds ${JSON.stringify(text.slice(0, 40))}`;
  return {
    cursor: kept ?? BOARD_START,
    fault: `expected a place on the board such as 3:1200 in ${layout.cursor}, and it ${what}: the session ${from}`,
  };
}

/** Repairs the position that could not be read, until the next reboot: it becomes durable when it moves. */
export async function mendPlace(files: Files, layout: SessionLayout, cursor: Cursor): Promise<void> {
  await replaceCopy(files, layout.cursorCopy, `${formatCursor(cursor)}\n`);
  await replaceCopy(files, layout.cursor, `${formatCursor(cursor)}\n`);
}

/**
 * Moves forward only. The mark after the cursor: with an old cursor and a new mark, what lies between would never be
 * found.
 */
export async function moveCursor(
  files: Files,
  layout: SessionLayout,
  cursor: Cursor,
  mark: string | null,
): Promise<void> {
  const before = await readCursor(files, layout);
  if (before && isBefore(cursor, before)) return;
  if (!before || isBefore(before, cursor)) {
    await replaceFile(files, layout.cursor, `${formatCursor(cursor)}\n`);
    await replaceCopy(files, layout.cursorCopy, `${formatCursor(cursor)}\n`);
  }
  if (mark !== null) await keepMark(files, layout, mark);
}

/** Occasions long past: their election is over. Those with something unproven stay. */
export async function sweepShown(files: Files, layout: SessionLayout, nowMs: number, time: Deadline): Promise<void> {
  const unproven = new Set((await files.list(layout.unproven)).map(occasionOf));
  for (const occasion of await files.list(layout.shown)) {
    if (time.isOver()) return;
    const home = join(layout.shown, occasion);
    const facts = await files.facts(home);
    const names = await files.list(home);
    if (!facts || nowMs - facts.mtimeMs < limits.shownKeepMs || unproven.has(occasion)) continue;
    for (const name of names) await files.remove(join(home, name));
    await files.remove(home);
  }
}
