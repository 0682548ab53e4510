/**
 * What every page shows of all peers, kept while a page is open: the rows, the cards, the counts. Hints say what may have changed: only
 * that is read again, and only what differs is told. With no page open nothing is watched or read.
 */
import { basename, dirname } from 'node:path';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { onFirstAbort } from '#blackboard/system/abort-any.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createLookLoop, type LookLoop } from '#blackboard/system/look-loop.ts';
import { doingOf } from '#runner/dashboard/doing.ts';
import { type Watch, watchDirectories } from '#runner/fleet/watch.ts';
import type { Approvals } from '#runner/results/cards.ts';
import { approvals } from '#runner/verbs/approvals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type Listing, list } from '#runner/verbs/list.ts';
import { overview } from '#runner/verbs/overview.ts';

/** `doing`: the last that its running turn has told; absent: no turn runs, or it has told nothing. */
export type PeerRow = Listing['peers'][number] & { doing?: string };

export interface FleetCounts {
  /** Unread messages of the operator. */
  unread: number;
  todayUsd: number;
  /** No runner is up, though there is one to run. */
  isDown: boolean;
}

/** Everything at first, then what has changed. */
export interface FleetNews {
  /** Rows that are new or differ. */
  peers: PeerRow[];
  /** Keys of rows that are gone. */
  gone: string[];
  /** All that wait. Absent: as they were. */
  cards?: Approvals;
  counts?: FleetCounts;
}

export interface FleetFeed extends AsyncDisposable {
  /** All there is, then each change, until `signal` aborts. */
  follow(signal: AbortSignal, tell: (news: FleetNews) => void): void;
  /** While `signal` stands: tells that something happened in this directory, which is a peer's, the board's or the logs'. */
  hear(directory: string, signal: AbortSignal, heard: () => void): void;
}

/** What a page knows a row by. */
export const rowKey = (row: PeerRow): string => `${row.kind} ${'id' in row ? row.id : row.name}`;

/** Throws what `list` throws, by `onError`. */
export function createFleetFeed(context: VerbContext, onError: (error: unknown) => void): FleetFeed {
  const paths = rootLayout(context.root);
  const shared = [paths.agents, paths.sessions, paths.cards, paths.logs, paths.board, inboxLayout(paths.operator).new];
  const followers = new Set<(news: FleetNews) => void>();
  const listeners = new Map<string, Set<() => void>>();
  const rows = new Map<string, { row: PeerRow; text: string }>();
  let cards = { value: [] as Approvals, text: '' };
  let counts = { value: null as FleetCounts | null, text: '' };
  /** Agents to look at again; null: everything. */
  let asked: Set<string> | null = null;
  let wantsSessions = false;
  let open: { watch: Watch; loop: LookLoop } | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let wholeMs = 0;
  let users = 0;

  function onHint(directory: string): void {
    for (const heard of listeners.get(directory) ?? []) heard();
    if (dirname(directory) === paths.agents) asked?.add(basename(directory));
    else if (directory === paths.agents || directory === paths.sessions || directory === paths.cards) asked = null;
    else if (dirname(directory) === paths.sessions || directory === paths.logs) wantsSessions = true;
    else if (directory !== paths.board) asked = null;
    open?.loop.hint();
  }

  /** Keeps what was read; what differs from before. */
  function take(listed: Listing['peers'], isGone: (row: PeerRow) => boolean): FleetNews {
    const read = listed.map(withDoing);
    const seen = new Set(read.map(rowKey));
    const gone = [...rows].filter(([key, { row }]) => !seen.has(key) && isGone(row)).map(([key]) => key);
    for (const key of gone) rows.delete(key);
    const peers = read.filter(row => {
      const text = JSON.stringify(row);
      const isOld = rows.get(rowKey(row))?.text === text;
      if (!isOld) rows.set(rowKey(row), { row, text });
      return !isOld;
    });
    return { peers, gone };
  }

  function withDoing(row: Listing['peers'][number]): PeerRow {
    const doing =
      row.kind === 'agent' && row.state === 'busy' ? doingOf(agentLayout(context.root, row.name).events) : null;
    return doing === null ? row : { ...row, doing };
  }

  function takeCards(value: Approvals): Pick<FleetNews, 'cards'> {
    const text = JSON.stringify(value);
    if (text === cards.text) return {};
    cards = { value, text };
    return { cards: value };
  }

  async function readWhole(): Promise<FleetNews> {
    const beganMs = systemClock.monotonicMs();
    const { listing, unread, todayUsd, isDown } = await overview(context);
    const value = { unread, todayUsd, isDown };
    const text = JSON.stringify(value);
    const news = { ...take(listing.peers, () => true), ...takeCards(await approvals(context)) };
    lookedAtMs = systemClock.monotonicMs();
    wholeMs = lookedAtMs - beganMs;
    watchHomes(listing.peers);
    if (text === counts.text) return news;
    counts = { value, text };
    return { ...news, counts: value };
  }

  async function readSome(names: ReadonlySet<string>, sessions: boolean): Promise<FleetNews> {
    const { peers } = await list(context, { agents: [...names] });
    const read = sessions ? peers : peers.filter(({ kind }) => kind === 'agent');
    const news = take(read, row => (row.kind === 'agent' ? names.has(row.name) : sessions));
    // A turn that asks has written its event after its card.
    return { ...news, ...takeCards(await approvals(context)) };
  }

  function watchHomes(peers: readonly PeerRow[]): void {
    for (const row of peers)
      if (row.kind === 'agent') open?.watch.add(`${paths.agents}/${row.name}`);
      else if (row.kind === 'session') open?.watch.add(`${paths.sessions}/${row.id}`);
  }

  async function look(): Promise<number> {
    if (followers.size === 0) return Number.POSITIVE_INFINITY;
    // Of a burst the first hint brings the look, and this the others into it.
    await systemClock.sleep(limits.pageGatherMs);
    // A thousand agents are looked at as rarely as it takes to spend little on it.
    const restMs = Math.max(limits.pageLookMs, wholeMs * limits.pageRestTimes);
    const [names, sessions] = [asked, wantsSessions];
    asked = new Set();
    wantsSessions = false;
    const isDue = names === null || systemClock.monotonicMs() - lookedAtMs >= restMs;
    const news = isDue ? await readWhole() : await readSome(names, sessions);
    if (news.peers.length + news.gone.length > 0 || news.cards || news.counts) for (const tell of followers) tell(news);
    return Math.max(limits.pageGatherMs, lookedAtMs + restMs - systemClock.monotonicMs());
  }

  function begin(): void {
    if (open) return;
    asked = null;
    const watch = watchDirectories({
      directories: shared,
      trialHome: paths.runners,
      onHint,
      onTrouble: () => {},
    });
    open = { watch, loop: createLookLoop({ clock: systemClock, look, onError }) };
    open.loop.start();
  }

  async function end(): Promise<void> {
    const ended = open;
    open = null;
    rows.clear();
    cards = { value: [], text: '' };
    counts = { value: null, text: '' };
    await ended?.loop[Symbol.asyncDispose]();
    await ended?.watch[Symbol.asyncDispose]();
  }

  /** What is open while `signal` stands. */
  function use(signal: AbortSignal, leave: () => void): void {
    users++;
    begin();
    onFirstAbort([signal], () => {
      leave();
      if (--users === 0) void end();
    });
  }

  return {
    follow(signal, tell) {
      if (signal.aborted) return;
      // Where nobody was told yet the first look tells all.
      if (counts.value)
        tell({ peers: [...rows.values()].map(({ row }) => row), gone: [], cards: cards.value, counts: counts.value });
      if (followers.size === 0) asked = null;
      followers.add(tell);
      use(signal, () => followers.delete(tell));
      open?.loop.hint();
    },
    hear(directory, signal, heard) {
      if (signal.aborted) return;
      const all = listeners.get(directory) ?? new Set();
      listeners.set(directory, all.add(heard));
      use(signal, () => all.delete(heard));
      open?.watch.add(directory);
    },
    [Symbol.asyncDispose]: end,
  };
}
