/**
 * How many signals are accepted: identical ones within ten seconds are one, those that wait for the same turn are one,
 * and there are limits per minute and hour. A reducer: (state, signal, what waits, now) → (state, decision). Pure.
 */

import type { RefusalCode } from '#blackboard/signals/signal.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';

/**
 * Everything that must survive a restart. Every time here is milliseconds since the machine started, which nobody can
 * set; the wall clock is not used.
 */
export interface AdmissionState {
  bootId: string;
  /** The instant of the last decision. */
  lastMs: number;
  /** When signals were accepted, oldest first; at most an hour's. */
  takenMs: readonly number[];
  /** For each key accepted recently: the instant from which it may start its turn. */
  dueMs: Readonly<Record<string, number>>;
}

export const freshAdmission = (bootId: string, nowMs: number): AdmissionState => ({
  bootId,
  lastMs: nowMs,
  takenMs: [],
  dueMs: {},
});

/** What waits for the peer's next turn, by key; a signal that a turn handles no longer waits. */
export type PendingKeys = Pick<ReadonlySet<string>, 'has' | 'size'>;

export type Decision =
  /**
   * Write it: it starts a turn from `dueMs` on. coalesced: others are already waiting, one turn handles all of them.
   */
  | { kind: 'accepted' | 'coalesced'; dueMs: number; isNew: true }
  /** The same signal is already waiting. */
  | { kind: 'coalesced'; dueMs: number; isNew: false }
  /** The same signal came within ten seconds. isNew: its turn has begun, so one more is due when they are over. */
  | { kind: 'duplicate'; dueMs: number; isNew: boolean }
  | { kind: 'refused'; code: RefusalCode; retryAtMs: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** `nowMs`: milliseconds since the machine started, of the boot that `before` is about. */
export function admit(
  before: AdmissionState,
  key: string,
  pending: PendingKeys,
  nowMs: number,
): { state: AdmissionState; decision: Decision } {
  const state = forget(before, nowMs);
  const lastDueMs = state.dueMs[key];
  const isSame = lastDueMs !== undefined && nowMs < lastDueMs + limits.signalSameMs;
  if (pending.has(key)) {
    const kind = isSame ? ('duplicate' as const) : ('coalesced' as const);
    return { state, decision: { kind, dueMs: lastDueMs ?? nowMs, isNew: false } };
  }
  // Its turn has begun, and may have read what changed before this signal: the last of a burst must not be lost. After a reboot
  // that turn may have begun before the instant that is known of it.
  const begunMs = isSame ? Math.min(nowMs, lastDueMs) : nowMs;
  const dueMs = isSame ? Math.max(lastDueMs, begunMs + limits.signalSameMs) : nowMs;
  const limit = reached(state.takenMs, nowMs, pending.size);
  if (limit) return { state, decision: { kind: 'refused', ...limit } };
  const kind = isSame ? 'duplicate' : pending.size > 0 ? 'coalesced' : 'accepted';
  return {
    state: { ...state, takenMs: [...state.takenMs, nowMs], dueMs: { ...state.dueMs, [key]: dueMs } },
    decision: { kind, dueMs, isNew: true },
  };
}

/** Entries that no limit needs any more. Most often there are none, and nothing is copied. */
function forget(state: AdmissionState, nowMs: number): AdmissionState {
  let { takenMs, dueMs } = state;
  const isTaken = (atMs: number) => nowMs - atMs < HOUR_MS;
  const isDue = (atMs: number) => nowMs < atMs + limits.signalSameMs;
  if (!isTaken(takenMs[0] ?? nowMs)) takenMs = takenMs.filter(isTaken);
  if (!Object.values(dueMs).every(isDue))
    dueMs = Object.fromEntries(Object.entries(dueMs).filter(([, atMs]) => isDue(atMs)));
  return { ...state, lastMs: nowMs, takenMs, dueMs };
}

function reached(
  takenMs: readonly number[],
  nowMs: number,
  pendingCount: number,
): { code: RefusalCode; retryAtMs: number } | null {
  const hourly = takenMs.at(-limits.signalsPerHour);
  if (hourly !== undefined) return { code: 'rate-hour', retryAtMs: hourly + HOUR_MS };
  const minutely = takenMs.at(-limits.signalsPerMinute);
  if (minutely !== undefined && nowMs - minutely < MINUTE_MS)
    return { code: 'rate-minute', retryAtMs: minutely + MINUTE_MS };
  if (pendingCount >= limits.signalsPendingMax) return { code: 'pending-full', retryAtMs: nowMs + MINUTE_MS };
  return null;
}

/**
 * The saved state. After a reboot, the last decision counts as made when this boot began: how long the machine was off
 * is unknown. A foreign file counts as none.
 */
export function restoreAdmission(text: string | null, bootId: string, nowMs: number): AdmissionState {
  const state = parseState(text);
  if (!state) return freshAdmission(bootId, nowMs);
  if (state.bootId === bootId && state.lastMs <= nowMs) return state;
  const shifted = Object.entries(state.dueMs).map(([key, atMs]) => [key, atMs - state.lastMs]);
  return {
    bootId,
    lastMs: 0,
    takenMs: state.takenMs.map(atMs => atMs - state.lastMs),
    dueMs: Object.fromEntries(shifted),
  };
}

function parseState(text: string | null): AdmissionState | null {
  const state = parseObject(text ?? '') as Partial<AdmissionState> | null;
  const isWhole =
    typeof state?.bootId === 'string' &&
    Number.isFinite(state.lastMs) &&
    Array.isArray(state.takenMs) &&
    state.takenMs.every(Number.isFinite) &&
    typeof state.dueMs === 'object' &&
    state.dueMs !== null &&
    Object.values(state.dueMs).every(Number.isFinite);
  return isWhole ? (state as AdmissionState) : null;
}
