/** What the page knows of the fleet: everything that came first, and each change since. Pure. */
import type { Approvals } from '#runner/results/cards.ts';
import { type PeerRow, rowKey } from './peer-state.ts';

export interface FleetCounts {
  unread: number;
  todayUsd: number;
  isDown: boolean;
}

/** As the server sends it (fleet-feed.ts). */
export interface FleetNews {
  peers: PeerRow[];
  gone: string[];
  cards?: Approvals;
  counts?: FleetCounts;
}

export interface Fleet {
  rows: ReadonlyMap<string, PeerRow>;
  cards: Approvals;
  counts: FleetCounts | null;
  /** Something has come since the stream was opened. */
  isLoaded: boolean;
  isConnected: boolean;
  /** Grows with each change. */
  version: number;
}

export const NO_FLEET: Fleet = {
  rows: new Map(),
  cards: [],
  counts: null,
  isLoaded: false,
  isConnected: false,
  version: 0,
};

/** `isFirst`: it is everything, so what it does not name is gone. */
export function withNews(fleet: Fleet, news: FleetNews, isFirst: boolean): Fleet {
  const rows = new Map(isFirst ? [] : fleet.rows);
  for (const key of news.gone) rows.delete(key);
  for (const row of news.peers) rows.set(rowKey(row), row);
  return {
    ...fleet,
    rows,
    cards: news.cards ?? (isFirst ? [] : fleet.cards),
    counts: news.counts ?? fleet.counts,
    isLoaded: true,
    version: fleet.version + 1,
  };
}

export const peerNamed = (fleet: Fleet, name: string): PeerRow | null => {
  for (const row of fleet.rows.values()) if (row.name === name || ('id' in row && row.id === name)) return row;
  return null;
};
