/**
 * Work and search for the page, out of the archive. It is opened with the first question, and filled in the background while a page
 * asks; without a page nothing is read.
 */
import { rootLayout } from '#blackboard/layout.ts';
import { onFirstAbort } from '#blackboard/system/abort-any.ts';
import { DAY_MS, localDay } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import { type ArchiveDb, openArchiveDb } from '#runner/dashboard/archive-db.ts';
import { fillArchive } from '#runner/dashboard/archive-fill.ts';
import { HIT_BEGINS, HIT_ENDS, matchOf, partsOf } from '#runner/dashboard/search-text.ts';
import { type TreeMessage, type WorkRow, workOf } from '#runner/dashboard/work.ts';
import { approvals } from '#runner/verbs/approvals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface WorkList {
  /** The ones with the newest change first. */
  rows: WorkRow[];
  /** The files are read for the first time, or after a restart: more will come. */
  isFilling: boolean;
}

export interface SearchHit {
  what: 'message' | 'entry' | 'said';
  /** The id of the message or the entry; of what was said, the number of the turn. */
  ref: string;
  peer: string;
  at: string;
  parts: { text: string; isHit: boolean }[];
}

export interface SearchResult {
  hits: SearchHit[];
  isFilling: boolean;
}

export interface Archive extends AsyncDisposable {
  work(order: { count: number }): Promise<WorkList>;
  search(order: { text: string; peer: string | null; what: string | null; count: number }): Promise<SearchResult>;
  /** Something may have changed. */
  hint(): void;
  /** Called whenever something has, until `signal` aborts. */
  follow(signal: AbortSignal, heard: () => void): void;
}

export function createArchive(context: VerbContext, onError: (error: unknown) => void): Archive {
  const { files, root } = context;
  const over = new AbortController();
  const spending = createSpendingReader(files, root, limits.archiveCostDays);
  let db: ArchiveDb | null = null;
  let filling: Promise<void> | null = null;
  let isHinted = false;
  /** Everything was read once. */
  let isWhole = false;
  const followers = new Set<() => void>();

  async function opened(): Promise<ArchiveDb> {
    if (db) return db;
    const { looks, archive } = rootLayout(root);
    await files.makeDirectory(looks);
    db = openArchiveDb(archive);
    fill();
    return db;
  }

  /** One at a time; what is hinted meanwhile is looked for after it. */
  function fill(): void {
    isHinted = true;
    filling ??= (async () => {
      try {
        while (isHinted && db && !over.signal.aborted) {
          isHinted = false;
          const isChanged = await fillArchive({ files, root, db, signal: over.signal });
          if (isChanged || !isWhole) for (const heard of followers) heard();
          isWhole = true;
        }
      } catch (error) {
        onError(error);
      } finally {
        filling = null;
      }
    })();
  }

  async function spentByTrace(): Promise<Map<string, number>> {
    const usd = new Map<string, number>();
    const nowMs = Date.now();
    for (let day = 0; day < limits.archiveCostDays; day++) {
      const { byTrace = new Map<string, number>() } = await spending(localDay(nowMs - day * DAY_MS));
      for (const [trace, more] of byTrace) usd.set(trace, (usd.get(trace) ?? 0) + more);
    }
    return usd;
  }

  return {
    async work({ count }) {
      const known = await opened();
      const traces = known.rows<{ trace: string }>(
        'SELECT trace FROM messages GROUP BY trace ORDER BY max(changed) DESC, max(at) DESC LIMIT ?',
        [count],
      );
      const usd = await spentByTrace();
      const asked = new Set((await approvals(context)).map(({ message }) => message));
      const rows = traces.map(({ trace }) => {
        const tree = known.rows<TreeMessage & Record<string, unknown>>(
          'SELECT id, peer, sender, kind, at, hops, gist, state, changed FROM messages WHERE trace = ? ORDER BY at, id LIMIT ?',
          [trace, limits.workMessagesMax],
        );
        return workOf(trace, tree, usd.get(trace) ?? 0, asked);
      });
      return { rows, isFilling: !isWhole };
    },
    async search({ text, peer, what, count }) {
      const known = await opened();
      const match = matchOf(text);
      if (match === null) return { hits: [], isFilling: !isWhole };
      const found = known.rows<{ what: SearchHit['what']; ref: string; peer: string; at: number; piece: string }>(
        `SELECT what, ref, peer, at, snippet(texts, 0, ?, ?, '…', 24) AS piece FROM texts
         WHERE texts MATCH ? AND (? IS NULL OR peer = ?) AND (? IS NULL OR what = ?) ORDER BY rank, at DESC LIMIT ?`,
        [HIT_BEGINS, HIT_ENDS, match, peer, peer, what, what, count],
      );
      const hits = found.map(({ piece, at, ...hit }) => ({
        ...hit,
        at: new Date(at).toISOString(),
        parts: partsOf(piece),
      }));
      return { hits, isFilling: !isWhole };
    },
    hint() {
      if (db) fill();
    },
    follow(signal, heard) {
      if (signal.aborted) return;
      followers.add(heard);
      onFirstAbort([signal], () => followers.delete(heard));
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await filling;
      db?.[Symbol.dispose]();
      db = null;
    },
  };
}
