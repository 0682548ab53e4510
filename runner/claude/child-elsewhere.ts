/**
 * Whether a turn's child in another container still runs. The launcher has a lock (flock(1)) on the turn's directory,
 * which claude inherits: every process of one kernel sees it, and the kernel releases it when all its holders are gone.
 * On another host nobody here can tell.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { TurnLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAlive, isElsewhere, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { pidText } from '#runner/text/who-runs.ts';

/** unknown: it may run, and only a person can find out. */
export type Elsewhere = 'runs' | 'gone' | 'unknown';

/** Whether the turn's child may still run; if nobody here can tell, it may. */
export async function isChildAlive(files: Files, turn: TurnLayout, identity: ProcessIdentity): Promise<boolean> {
  return isElsewhere(identity) ? (await lookElsewhere(files, turn)) !== 'gone' : isAlive(identity);
}

/** Of a child that {@link isElsewhere}. */
export async function lookElsewhere(files: Files, turn: TurnLayout): Promise<Elsewhere> {
  const child = await readChild(files, turn);
  if (child.kind !== 'started' || child.identity.bootId !== selfIdentity().bootId) return 'unknown';
  // Another mount of the same directory would have locks of its own.
  const device = (await stat(turn.home).catch(() => null))?.dev;
  if (child.lockedOn === undefined || child.lockedOn !== String(device)) return 'unknown';
  return tryLock(turn.home);
}

/** Shared: two processes that check at once must not count each other as the child. */
const tryLock = (directory: string): Promise<Elsewhere> =>
  new Promise(resolve => {
    execFile('flock', ['-n', '-s', directory, 'true'], error => {
      if (!error) resolve('gone');
      else resolve(error.code === 1 ? 'runs' : 'unknown');
    });
  });

/**
 * A turn whose child is not visible from here. `mend`: what a person does who knows that it is gone; null: its end will
 * be noticed.
 */
export interface TurnElsewhere {
  turn: number;
  who: string;
  mend: string | null;
}

/** The open turn that runs where nobody here can see it; null: there is none. */
export async function turnElsewhere(files: Files, turn: TurnLayout): Promise<TurnElsewhere | null> {
  const child = await readChild(files, turn);
  if (child.kind !== 'started' || !isElsewhere(child.identity)) return null;
  const looked = await lookElsewhere(files, turn);
  if (looked === 'gone') return null;
  return { turn: turn.number, who: pidText(child.identity), mend: looked === 'unknown' ? saidGone(turn) : null };
}

/** Throws (75) if the turn's child runs elsewhere: it can be stopped only there. */
export async function requireInSight(files: Files, turn: TurnLayout): Promise<void> {
  const child = await readChild(files, turn);
  if (child.kind !== 'started' || !isElsewhere(child.identity)) return;
  const looked = await lookElsewhere(files, turn);
  if (looked === 'gone') return;
  throw temporaryError(
    `turn ${turn.number} runs as ${pidText(child.identity)}, where no signal from here goes`,
    looked === 'unknown' ? `Stop it there; ${saidGone(turn)}` : 'Stop it there.',
  );
}

/**
 * What a person does who knows that the child is gone for good: to readChild, a text that is not an identity means
 * nobody.
 */
export const saidGone = (turn: TurnLayout): string => `if it is gone for good: echo gone > ${quoted(turn.child)}`;
