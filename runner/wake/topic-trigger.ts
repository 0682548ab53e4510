/**
 * `wakeOn:` of all agents: an entry of such a topic by another peer sends the agent a signal; the entry itself is in
 * the turn's prompt with the other news of the board. woken.json says how far the board was read.
 */
import { BOARD_START, type Cursor, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { type AgentLayout, boardLayout } from '#blackboard/layout.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';
import { boardPlace } from '#blackboard/turns/board-place.ts';
import { type BoardNews, readBoardNews } from '#hooks/news/board-news.ts';
import type { TriggerOptions, TriggerSite } from '#runner/wake/trigger-ports.ts';

export interface TopicTrigger extends BackgroundService {
  /** From now on these are the agent's topics. */
  keep(site: TriggerSite, topics: readonly string[]): void;
  forget(agent: string): void;
}

/** woken.json. */
interface Woken {
  /** Where the agent began to listen: the news of its first turn begin there. */
  from: string;
  /** Everything before it was read; the signals it caused are on disk. */
  next: string;
}

interface Kept {
  site: TriggerSite;
  topics: ReadonlySet<string>;
  /** null: not read from disk yet. */
  cursor: Cursor | null;
  /** A signal was refused: not before this instant. */
  againMs: number;
}

export function createTopicTrigger(options: TriggerOptions): TopicTrigger {
  const { files, root, clock, complain } = options;
  const kept = new Map<string, Kept>();

  /** No timer runs where nobody listens. */
  async function lookAll(ending: AbortSignal): Promise<number> {
    // Most have read equally far: one read serves them.
    const read = new Map<string, Promise<BoardNews>>();
    const newsFrom = (cursor: Cursor): Promise<BoardNews> => {
      const key = formatCursor(cursor);
      const reading = read.get(key) ?? readBoardNews(files, root, cursor, null, clock.nowMs());
      read.set(key, reading);
      return reading;
    };
    for (const [name, each] of [...kept]) {
      if (ending.aborted || each.againMs > clock.nowMs()) continue;
      try {
        await lookOne(options, each, newsFrom);
        complain({ peer: name, part: 'wakeOn' }, null);
      } catch (error) {
        complain({ peer: name, part: 'wakeOn' }, reasonOf(error));
      }
    }
    if (kept.size === 0) return Number.POSITIVE_INFINITY;
    const againMs = Math.min(...[...kept.values()].map(each => each.againMs || Number.POSITIVE_INFINITY));
    return Math.min(limits.slowLookMs, Math.max(limits.dropLookMs, againMs - clock.nowMs()));
  }

  const loop = createLookLoop({
    clock,
    look: ({ ending }) => lookAll(ending),
    onError: error => complain({ peer: null, part: 'wakeOn' }, reasonOf(error)),
    onWell: () => complain({ peer: null, part: 'wakeOn' }, null),
  });
  return {
    ...loop,
    keep(site, topics) {
      const cursor = kept.get(site.layout.name)?.cursor ?? null;
      kept.set(site.layout.name, { site, topics: new Set(topics), cursor, againMs: 0 });
      loop.start();
      loop.hint();
    },
    forget(agent) {
      kept.delete(agent);
      loop.hint();
    },
  };
}

/** The signal is on disk before the position is recorded: after a crash in between it is sent twice, and never lost. */
async function lookOne(
  options: TriggerOptions,
  kept: Kept,
  newsFrom: (cursor: Cursor) => Promise<BoardNews>,
): Promise<void> {
  const { files, clock } = options;
  const { site, topics } = kept;
  kept.cursor ??= await beginListening(options, site.layout);
  const { entries, skipped, next } = await newsFrom(kept.cursor);
  // The topics of entries that were too many to read are unknown.
  if (skipped > 0 || entries.some(entry => isMeant(entry, topics, site.layout.name))) {
    const answer = await site.intake.submit({ type: 'wake' }, 'board', null);
    if (answer.answer === 'refused' && answer.code !== 'disabled') {
      kept.againMs = answer.retryAt ? Date.parse(answer.retryAt) : clock.nowMs() + limits.scheduleLookMs;
      return;
    }
    const { woken } = await readWoken(files, site.layout);
    const from = woken?.from ?? formatCursor(kept.cursor);
    await replaceFile(files, site.layout.woken, formatWoken({ from, next: formatCursor(next) }));
  }
  kept.againMs = 0;
  kept.cursor = next;
}

/** An agent's own posts do not wake it, or it would never stop. */
const isMeant = ({ topic, from }: Entry, topics: ReadonlySet<string>, self: string): boolean =>
  from !== self && topic !== undefined && topics.has(topic);

/**
 * Where it stopped; a new agent hears what is posted from now on. An invalid record is no reason to begin at the end:
 * it continues from what the agent has provably seen, else from the board's beginning; a signal may come twice.
 */
async function beginListening({ files, root, complain }: TriggerOptions, layout: AgentLayout): Promise<Cursor> {
  const { cursor, isBroken } = await readWoken(files, layout);
  if (cursor) return cursor;
  const seen = isBroken ? (await boardPlace(files, layout)).cursor : null;
  const from = isBroken ? (seen ?? BOARD_START) : await endOfBoard(files, boardLayout(root));
  const text = formatCursor(from);
  if (isBroken)
    complain(
      { peer: layout.name, part: 'woken.json' },
      `${layout.woken} is not the record that agent-runner wrote there: the board is looked through from ${text} on`,
    );
  await replaceFile(files, layout.woken, formatWoken({ from: text, next: text }));
  return from;
}

const formatWoken = (woken: Woken): string => `${JSON.stringify(woken)}\n`;

/** Null if it is missing, or broken: not a record, or without positions. */
async function readWoken(
  files: Files,
  layout: AgentLayout,
): Promise<{ woken: Woken | null; cursor: Cursor | null; isBroken: boolean }> {
  const text = await readText(files, layout.woken, limits.recordBytesMax);
  if (text === null) return { woken: null, cursor: null, isBroken: false };
  const woken = await readRecord<Woken>(files, layout.woken).catch(() => null);
  const cursor = parseCursor(String(woken?.next));
  return cursor && parseCursor(String(woken?.from))
    ? { woken, cursor, isBroken: false }
    : { woken: null, cursor: null, isBroken: true };
}

/**
 * Where the news of an agent's first turn begin, if it listens to topics; else null: at the end of the board. If that
 * cannot be read, at its beginning.
 */
export async function listensFrom(files: Files, layout: AgentLayout): Promise<string | null> {
  const { woken, isBroken } = await readWoken(files, layout);
  return isBroken ? formatCursor(BOARD_START) : (woken?.from ?? null);
}
