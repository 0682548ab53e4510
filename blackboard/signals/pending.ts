/**
 * Signals on disk: one small record each, in a directory of the peer's. A waiting one is `<due ms>-<type>-<key>-<id>`; one that a
 * turn has taken up has the turn's number before it, as a claimed message has.
 */

import { join } from 'node:path';
import { type Signal, type SignalType, signalKey } from '#blackboard/signals/signal.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import type { PendingFsyncs } from '#blackboard/system/pending-fsyncs.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { printableJson } from '#blackboard/text/printable.ts';

/** The state of a signal, as its file's name tells it. */
export interface SignalName {
  /** Unix milliseconds; before it, the signal gives no turn. */
  dueMs: number;
  type: SignalType;
  key: string;
  id: string;
  /** Turns that took it up and were interrupted. */
  interruptions: number;
}

/** What stands in the file. */
export interface SignalRecord extends Signal {
  id: string;
  /** ISO 8601. */
  at: string;
  /** socket, or which trigger of the agent's own. */
  source: string;
}

const NAME = /^(\d{1,16})-(wake|file_changed)-([0-9a-f]{12})-([0-9a-f]{16})(?:,i(\d{1,4}))?$/;

export const formatSignalName = ({ dueMs, type, key, id, interruptions }: SignalName): string =>
  `${dueMs}-${type}-${key}-${id}${interruptions > 0 ? `,i${interruptions}` : ''}`;

/** null: no signal of ours (a record that is being written, a stranger's file). */
export function parseSignalName(text: string): SignalName | null {
  const match = NAME.exec(text);
  if (!match) return null;
  const [, due, type, key, id, interruptions] = match;
  return {
    dueMs: Number(due),
    type: type as SignalType,
    key: key!,
    id: id!,
    interruptions: Number(interruptions ?? 0),
  };
}

export interface TakenSignal {
  turn: number;
  name: SignalName;
}

export interface Signals {
  waiting: SignalName[];
  taken: TakenSignal[];
}

/** All signals of a peer, the earliest due first. */
export async function listSignals(files: Files, directory: string): Promise<Signals> {
  const waiting: SignalName[] = [];
  const taken: TakenSignal[] = [];
  for (const entry of await files.list(directory)) {
    const [, turn, rest] = /^(\d{1,10})\.(.+)$/.exec(entry) ?? [];
    const name = parseSignalName(rest ?? entry);
    if (name && turn !== undefined) taken.push({ turn: Number(turn), name });
    else if (name) waiting.push(name);
  }
  waiting.sort((a, b) => a.dueMs - b.dueMs || (a.id < b.id ? -1 : 1));
  return { waiting, taken };
}

export const newSignalId = (): string => newNonce().slice(0, 16);

/**
 * Writes a signal down; it stands on disk, whole and for good, when this resolves. `onThere` is called before that, as soon as it
 * can be taken up: its turn may be prepared while the disk works. A power loss in between leaves it, or a torn record that counts
 * for nothing; nobody was told that it was taken. Its fsync goes by the temporary name: a turn may have renamed the other one.
 */
export async function recordSignal(
  files: Files,
  directory: string,
  record: SignalRecord,
  dueMs: number,
  onThere: () => void = () => {},
): Promise<void> {
  const name = formatSignalName({ dueMs, type: record.type, key: signalKey(record), id: record.id, interruptions: 0 });
  const temporary = join(directory, `${name}.tmp`);
  try {
    // hook.sh tells a path only where it needs no escape: one that could pass for something else has one.
    await files.append(temporary, `${printableJson(JSON.stringify(record)).replaceAll('<', '\\u003c')}\n`);
    // "exists" cannot be: the name has a new id.
    if ((await files.link(temporary, join(directory, name))) === 'gone')
      throw temporaryError(`${temporary} was gone before it was there`, 'Its agent may have been removed meanwhile.');
    onThere();
    await Promise.all([files.append(temporary, '', { sync: true }), files.syncDirectory(directory)]);
  } finally {
    // Also where the disk is full: every try would leave one.
    await files.remove(temporary).catch(() => {});
  }
}

/**
 * The elected turn takes signals up; those that somebody else has moved are left out. With a barrier, the fsync goes on beside what
 * the caller does next.
 */
export async function takeSignals(
  files: Files,
  directory: string,
  turn: number,
  names: readonly SignalName[],
  durable?: PendingFsyncs,
): Promise<{ name: SignalName; record: SignalRecord }[]> {
  const taken: { name: SignalName; record: SignalRecord }[] = [];
  for (const name of names) {
    const to = join(directory, `${turn}.${formatSignalName(name)}`);
    const moved = await files.move(join(directory, formatSignalName(name)), to).catch(async error => {
      // One that cannot be moved gives no turn, and keeps none from the others.
      await faultOfEntry(files, error, [directory]);
      return 'gone' as const;
    });
    if (moved === 'gone') continue;
    const record = await readRecord<SignalRecord>(files, to).catch(() => null);
    if (record) taken.push({ name, record });
    else await files.remove(to);
  }
  if (names.length === 0) return taken;
  const synced = files.syncDirectory(directory);
  if (durable) durable.add(synced);
  else await synced;
  return taken;
}

/** Gives a signal back: it waits again. */
export async function releaseSignal(files: Files, directory: string, taken: TakenSignal, as: SignalName) {
  // "gone": another finisher of the turn was here first.
  await files.move(join(directory, takenName(taken)), join(directory, formatSignalName(as)));
  await files.syncDirectory(directory);
}

/** Its turn is over. Repeatable. */
export async function consumeSignal(files: Files, directory: string, taken: TakenSignal): Promise<void> {
  await files.remove(join(directory, takenName(taken)));
}

const takenName = ({ turn, name }: TakenSignal): string => `${turn}.${formatSignalName(name)}`;

/** Due: it may give a turn now. One that lies further ahead than any of ours can was written by another clock. */
export const isSignalDue = ({ dueMs }: Pick<SignalName, 'dueMs'>, nowMs: number): boolean =>
  dueMs <= nowMs || dueMs > nowMs + 2 * limits.signalSameMs;
