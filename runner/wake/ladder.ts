/**
 * The ladder of a session: which way to wake it is tried next. Each is tried only when the one before showed no proof
 * in time; if none works, the session's next prompt tells the signal. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';

/**
 * mod: the plugin's own code inside claude · socket: claude's own inbox · file: our FileChanged hook · keys: tmux, only if the
 * user enabled it.
 */
export const RUNGS = ['mod', 'socket', 'file', 'keys'] as const;
export type Rung = (typeof RUNGS)[number];

/** What was tried, in order. `sinceMs` null: that way did not exist, or said that it did not work. */
export type Tried = readonly { rung: Rung; sinceMs: number | null }[];

export interface Seen {
  state: 'idle' | 'busy' | 'waiting' | 'unknown' | 'ended' | 'dead';
  /** The mod has proven of late that it lives. */
  mod: boolean;
  /** Its user has stopped it, and sent no prompt since: nobody starts what they have just stopped. */
  stopped: boolean;
  /** It holds back messages of other programs, as its user decided: only its own mod may wake it. */
  holds: boolean;
  /** The user allows keystrokes. */
  keys: boolean;
  /** Turns that signals may still start today. */
  turnsLeft: number;
}

export type Step =
  | { do: 'try'; rung: Rung }
  /** Look again then. */
  | { do: 'wait'; ms: number }
  /** Nothing more is tried: the next prompt tells it. */
  | { do: 'leave' };

/** The ways that may be used there, the best first. */
export const openRungs = ({ mod, holds, keys }: Pick<Seen, 'mod' | 'holds' | 'keys'>): Rung[] =>
  RUNGS.filter(rung => (rung === 'mod' ? mod : !holds && (rung !== 'keys' || keys)));

/** `nowMs` and the times of what was tried: of one clock that never runs backwards. */
export function nextStep(tried: Tried, seen: Seen, nowMs: number): Step {
  const rungs = openRungs(seen);
  if (seen.stopped || rungs.length === 0 || seen.state === 'ended' || seen.state === 'dead') return { do: 'leave' };
  const last = tried.at(-1);
  const isUnproven = last && last.sinceMs !== null && nowMs - last.sinceMs < limits.wakeProofMs[last.rung];
  if (isUnproven) return { do: 'wait', ms: limits.wakeProofLookMs };
  // A running turn says nothing about it; in a dialog no key is pressed.
  if (seen.state !== 'idle') return { do: 'wait', ms: limits.sessionBusyLookMs };
  const next = rungs.find(rung => tried.every(each => each.rung !== rung));
  if (next === undefined || (tried.length === 0 && seen.turnsLeft <= 0)) return { do: 'leave' };
  return { do: 'try', rung: next };
}
