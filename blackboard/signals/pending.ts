/**
 * Signals on disk: one small record each, in a directory of the peer. A waiting one is `<due ms>-<type>-<key>-<id>`;
 * one that a turn handles has the turn's number before it, like a claimed message.
 */

import { join } from 'node:path';
import { type Signal, type SignalType, signalKey } from '#blackboard/signals/signal.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { printableJson } from '#blackboard/text/printable.ts';

/** The state of a signal, from its file's name. */
export interface SignalName {
  /** Unix milliseconds; before it, the signal starts no turn. */
  dueMs: number;
  type: SignalType;
  key: string;
  id: string;
  /** How many turns handled it and were interrupted. */
  interruptions: number;
}

/** The content of the file. */
export interface SignalRecord extends Signal {
  id: string;
  /** ISO 8601. */
  at: string;
  /** socket, or which of the agent's own triggers. */
  source: string;
}

const NAME = /^(\d{1,16})-(wake|file_changed)-([0-9a-f]{12})-([0-9a-f]{16})(?:,i(\d{1,4}))?$/;

export const formatSignalName = ({ dueMs, type, key, id, interruptions }: SignalName): string =>
  `${dueMs}-${type}-${key}-${id}${interruptions > 0 ? `,i${interruptions}` : ''}`;

/** null: not a signal of ours (a record that is being written, a stranger's file). */
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
 * Writes a signal; it is on disk, complete and durable, when this resolves. `onThere` is called before that, as soon as
 * a turn can handle it: the turn may be prepared while the disk works. A power loss in between leaves it, or an
 * incomplete record that does not count; nobody was told that it was accepted. The fsync uses the temporary name,
 * because a turn may have renamed the other one.
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
    // What could pass for something else is escaped: hooks of an earlier version show only what needs no escape.
    await files.append(temporary, `${printableJson(JSON.stringify(record)).replaceAll('<', '\\u003c')}\n`);
    // "exists" is impossible: the name has a new id.
    if ((await files.link(temporary, join(directory, name))) === 'gone')
      throw temporaryError(`${temporary} was gone before it was there`, 'Its agent may have been removed meanwhile.');
    onThere();
    await Promise.all([files.append(temporary, '', { sync: true }), files.syncDirectory(directory)]);
  } finally {
    // Also on a full disk: otherwise every attempt would leave one.
    await files.remove(temporary).catch(() => {});
  }
}

/**
 * The elected turn takes signals; those that another process moved are left out. `unsynced` gets the directory,
 * which the caller fsyncs.
 */
export async function takeSignals(
  files: Files,
  directory: string,
  turn: number,
  names: readonly SignalName[],
  unsynced = new Set<string>(),
): Promise<{ name: SignalName; record: SignalRecord }[]> {
  const taken: { name: SignalName; record: SignalRecord }[] = [];
  for (const name of names) {
    const to = join(directory, `${turn}.${formatSignalName(name)}`);
    const moved = await files.move(join(directory, formatSignalName(name)), to).catch(async error => {
      // One that cannot be moved starts no turn, and does not hold up the others.
      await faultOfEntry(files, error, [directory]);
      return 'gone' as const;
    });
    if (moved === 'gone') continue;
    const record = await readRecord<SignalRecord>(files, to).catch(() => null);
    if (record) taken.push({ name, record });
    else await files.remove(to);
  }
  if (names.length > 0) unsynced.add(directory);
  return taken;
}

/** Puts a signal back: it waits again. */
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

/**
 * Due: it may start a turn now. One that is further in the future than any of ours can be was written under another
 * clock.
 */
export const isSignalDue = ({ dueMs }: Pick<SignalName, 'dueMs'>, nowMs: number): boolean =>
  dueMs <= nowMs || dueMs > nowMs + 2 * limits.signalSameMs;
