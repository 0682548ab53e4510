/**
 * Numbered turns on disk: who was elected, whether a child may still start, what was decided, whether it is over. Every
 * step is a directory or a record that only one of several runners can create; nothing here is ever rewritten.
 */
import { join } from 'node:path';
import { parseTurnName, type TurnLayout, turnLayout, turnName } from '#blackboard/layout.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { isSameProcess, type ProcessIdentity, parseIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';

export const isClosed = async (files: Files, turn: TurnLayout): Promise<boolean> =>
  (await files.facts(turn.closed)) !== null;

/** Nothing is being worked on under its number: it is closed, or swept away, or was never there. */
export const isOver = async (files: Files, turn: TurnLayout): Promise<boolean> =>
  (await isClosed(files, turn)) || (await files.facts(turn.home)) === null;

/**
 * Elects turn `number`: mkdir decides. "lost": another runner was elected, or is long past it. The caller has seen turn
 * `number - 1` closed, and fsyncs the directories that `unsynced` gets.
 */
export async function electTurn(
  files: Files,
  turns: string,
  number: number,
  unsynced = new Set<string>(),
): Promise<'elected' | 'lost'> {
  if ((await files.makeDirectory(join(turns, turnName(number)))) === 'exists') return 'lost';
  // A runner that slept for a month could elect a number that was removed; the newest directory is never removed.
  if ((await latestTurn(files, turns)) !== number) {
    await files.remove(join(turns, turnName(number))).catch(error => {
      // Not empty: the number was not removed, but others ended this turn and continued while this runner slept.
      if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
    });
    return 'lost';
  }
  unsynced.add(turns);
  return 'elected';
}

/** Who holds `child`: nobody yet, the seal (no child has started and none can), or a process. */
export type ChildState =
  | { kind: 'none' }
  | { kind: 'sealed' }
  /** `lockedOn`: it has a lock on the turn's directory, on the device with this number. */
  | { kind: 'started'; identity: ProcessIdentity; lockedOn?: string };

const SEAL = 'sealed\n';
/** A longer `child` names a process. */
export const SEAL_BYTES = SEAL.length;
/** A child file that lost its content in a power loss: there was some child, and none can be alive after that. */
const NOBODY: ProcessIdentity = { pid: 0, startTime: '', bootId: '' };

export async function readChild(files: Files, turn: TurnLayout): Promise<ChildState> {
  const text = await readText(files, turn.child, 1024);
  if (text === null) return { kind: 'none' };
  return text === SEAL ? { kind: 'sealed' } : parseChild(text);
}

/** What runner/claude/launch.sh wrote of itself; anything else is nobody's. */
export function parseChild(text: string): Extract<ChildState, { kind: 'started' }> {
  const [, identity, lockedOn] = /^(.*) flock:(\d+)\n$/.exec(text) ?? [];
  if (identity === undefined || lockedOn === undefined)
    return { kind: 'started', identity: parseIdentity(text) ?? NOBODY };
  return { kind: 'started', identity: parseIdentity(`${identity}\n`) ?? NOBODY, lockedOn };
}

/**
 * Links the seal under the name that a launcher must have before it starts anything: one of the two wins. Its name need
 * not be durable: no launcher survives a power loss, and the next runner seals again.
 */
export async function sealTurn(files: Files, turn: TurnLayout): Promise<ChildState> {
  const seal = join(turn.home, `sealed.${newNonce().slice(0, 8)}`);
  await files.create(seal, SEAL);
  await files.link(seal, turn.child);
  await files.remove(seal);
  return readChild(files, turn);
}

/**
 * Gives the turn's name `child` to a launcher that waits for this runner's word: links the identity that it has written of itself.
 * "not-ready": it has not yet, and links it when it is told to. Nothing is fsynced: no launcher survives a power loss. A runner that
 * dies before its word leaves a child that never opened `stream.jsonl` (see runner/turn/decide.ts).
 */
export async function linkChild(
  files: Files,
  turnDir: string,
  launcher: ProcessIdentity,
): Promise<'linked' | 'exists' | 'not-ready'> {
  const own = join(turnDir, `launch.${launcher.pid}`);
  const text = await readText(files, own, 1024);
  if (text === null || !isSameProcess(parseChild(text).identity, launcher)) return 'not-ready';
  const linked = await files.link(own, join(turnDir, 'child'));
  return linked === 'gone' ? 'not-ready' : linked;
}

/** Why a running turn is being stopped. Written before any Unix signal is sent. */
export interface StopRecord {
  reason: 'cancelled' | 'timeout' | 'shutdown';
  at: string;
  by: string;
  /** Only these messages were cancelled; absent: all of them. */
  messages?: string[];
}

export const writeStop = (files: Files, turn: TurnLayout, stop: StopRecord) => writeRecord(files, turn.stop, stop);
export const readStop = (files: Files, turn: TurnLayout) => readRecord<StopRecord>(files, turn.stop);

/** The last file of a turn. Only now may the next one be elected. Only its name counts; its content is for people. */
export async function closeTurn(files: Files, turn: TurnLayout, at: string): Promise<void> {
  await files.append(turn.closed, `${JSON.stringify({ turn: turn.number, at })}\n`);
  await files.syncDirectory(turn.home);
}

/** The layouts of all turns, newest first. */
export async function listTurns(files: Files, turns: string): Promise<TurnLayout[]> {
  const numbers = (await files.list(turns)).map(parseTurnName).filter(number => number !== null);
  return numbers.sort((a, b) => b - a).map(number => turnLayout(turns, number));
}
