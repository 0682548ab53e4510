/**
 * What a peer's page shows, as it comes: the peer's events, and of a session what is said in it. Each line has a key, the same
 * whenever it is read: a page that comes back asks from the time of its last line on, and leaves out what it has.
 */
import { createHash } from 'node:crypto';
import type { Event } from '#blackboard/events/event.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { FleetFeed } from '#runner/dashboard/fleet-feed.ts';
import { openEventLog } from '#runner/events/event-log.ts';
import type { Said } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { tail } from '#runner/verbs/tail.ts';

export type PeerLine = { key: string; at: string | null } & ({ event: Event } | { said: Said });

/** Names lines by what they say. Equal ones (a call made twice at once) have the same time, so they are read together, and are numbered. */
function createKeys(): (value: object) => string {
  const times = new Map<string, number>();
  return value => {
    const hash = createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
    const time = (times.get(hash) ?? 0) + 1;
    times.set(hash, time);
    return `${hash}.${time}`;
  };
}

/** Where a peer's events are written, in a directory that the feed hears of. */
const homeOf = (root: string, path: string): string => path.slice(0, path.lastIndexOf('/')) || rootLayout(root).logs;

/**
 * Those at or after `sinceMs` (at most the newest that a page gets), then what comes. `tell` gets several at once. Throws 66 for an
 * unknown peer; resolves when `signal` aborts.
 */
export async function followPeer(
  context: VerbContext,
  feed: FleetFeed,
  { name, sinceMs, signal }: { name: string; sinceMs: number; signal: AbortSignal },
  tell: (lines: PeerLine[]) => void,
): Promise<void> {
  const { files, root } = context;
  const peer = await requirePeer(files, root, name);
  using log = openEventLog(files, root, peer.inbox);
  const keyOf = createKeys();
  const eventLine = (event: Event): PeerLine => ({ key: keyOf(event), at: event.at, event });
  const saidLine = (said: Said): PeerLine => ({ key: keyOf(said), at: said.at, said });
  const isNew = (line: PeerLine): boolean => line.at === null || Date.parse(line.at) >= sinceMs;
  const first = (await log.look()).map(eventLine).filter(isNew);
  tell(first.slice(-limits.pageEventsMax));
  if (peer.kind === sessionKind)
    void tellSaid(context, name, signal, said => {
      const line = saidLine(said);
      if (isNew(line)) tell([line]);
    });
  let looking: Promise<void> | null = null;
  let isHinted = false;
  const look = (): void => {
    isHinted = true;
    looking ??= (async () => {
      while (isHinted && !signal.aborted) {
        isHinted = false;
        const lines = (await log.look()).map(eventLine);
        if (lines.length > 0) tell(lines);
      }
      looking = null;
    })();
  };
  feed.hear(homeOf(root, peer.inbox.events), signal, look);
  // What came between the first look and the watch.
  look();
  await firstAbort(signal);
  await looking;
}

async function tellSaid(
  context: VerbContext,
  name: string,
  signal: AbortSignal,
  tell: (said: Said) => void,
): Promise<void> {
  try {
    const found = await tail(context, { name, lines: limits.pageTextsMax, signal });
    if (found.kind === 'session') for await (const each of found.said) tell(each);
  } catch {
    // It has no transcript (yet), or cannot be found any more: its messages are shown all the same.
  }
}
