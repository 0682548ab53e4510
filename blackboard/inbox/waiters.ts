/** Waiters: a live `ask` or `--wait` takes its own reply, so that no loop and no hook does. */
import { join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { isStale } from '#blackboard/system/process-mark.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';

export interface Waiter {
  /** The message whose reply is awaited. */
  id: string;
  /** The peer that must answer: processes that wait in a circle would wait for ever. */
  to: string;
  identity: ProcessIdentity;
}

/** "exists": another process waits for the same reply, so nobody else may take it. */
export const registerWaiter = (files: Files, inbox: Inbox, waiter: Waiter) =>
  writeRecord(files, join(inbox.waiters, waiter.id), waiter);

/** Removes the record of that process, and of no other that waits for the same reply. */
export async function removeWaiter(files: Files, inbox: Inbox, { id, identity }: Omit<Waiter, 'to'>): Promise<void> {
  const known = await readRecord<Waiter>(files, join(inbox.waiters, id)).catch(() => null);
  const isMine = known?.identity.pid === identity.pid && known.identity.startTime === identity.startTime;
  if (isMine) await files.remove(join(inbox.waiters, id));
}

type IsAlive = (identity: ProcessIdentity) => Promise<boolean>;

/** Elsewhere a waiter lives as long as its file is refreshed. */
async function* eachWaiter(
  files: Files,
  inbox: Inbox,
  isAlive: IsAlive,
): AsyncGenerator<{ path: string; waiter: Waiter | null }> {
  for (const name of await files.list(inbox.waiters)) {
    if (name.includes('.tmp-')) continue;
    const path = join(inbox.waiters, name);
    const waiter = await readRecord<Waiter>(files, path).catch(() => null);
    const lives = waiter && (isElsewhere(waiter.identity) ? !(await isStale(path)) : await isAlive(waiter.identity));
    yield { path, waiter: lives ? waiter : null };
  }
}

/** The waiters whose process is alive; records of dead ones are removed. */
export async function liveWaiters(files: Files, inbox: Inbox, isAlive: IsAlive): Promise<Waiter[]> {
  const live: Waiter[] = [];
  for await (const { path, waiter } of eachWaiter(files, inbox, isAlive))
    if (waiter) live.push(waiter);
    else await files.remove(path);
  return live;
}

/** Whether a live one waits for that peer. Changes nothing. */
export async function waitsFor(files: Files, inbox: Inbox, to: string, isAlive: IsAlive): Promise<boolean> {
  for await (const { waiter } of eachWaiter(files, inbox, isAlive)) if (waiter?.to === to) return true;
  return false;
}

/**
 * Whether `from` waiting for `to` would close a circle: `to`, or somebody it waits for, waits for `from`. `waitsOf`
 * gives the peers that a peer's live waiters wait for.
 */
export async function closesCircle(
  from: string,
  to: string,
  waitsOf: (peer: string) => Promise<readonly string[]>,
): Promise<string[] | null> {
  const paths: string[][] = [[to]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path; path = paths.shift()) {
    const peer = path.at(-1)!;
    if (peer === from) return [from, ...path];
    if (seen.has(peer)) continue;
    seen.add(peer);
    for (const next of await waitsOf(peer)) paths.push([...path, next]);
  }
  return null;
}
