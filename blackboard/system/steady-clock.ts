/**
 * The runner's wall clock: it advances with the machine's uptime, so that a clock that jumps a day forward grants no
 * new daily budget and one that jumps back delays nothing. A jump is believed when it has lasted for a day, and after a
 * reboot.
 */

import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';

/** What two clocks said at one moment. */
export interface Anchor {
  bootId: string;
  /** Milliseconds since the machine started, sleep included. */
  uptimeMs: number;
  /** The wall clock that the runner believes, Unix milliseconds. */
  steadyMs: number;
  /** Since when (uptime) the machine's clock has differed by more than `JUMP_MS`; null: it does not. */
  offSinceMs: number | null;
}

/** A difference larger than any drift, leap second or careful time server makes, milliseconds. */
const JUMP_MS = 5 * 60_000;
/**
 * Milliseconds between readings of the uptime; sooner if the machine's clock and a timer differ by more than the second
 * number.
 */
const READ_EVERY_MS = 1_000;
const CALM_MS = 20;
const BELIEVED_AFTER_MS = 24 * 60 * 60_000;

/** The next anchor, from the last one and what the clocks say now. Pure. */
export function nextAnchor(last: Anchor | null, now: { bootId: string; uptimeMs: number; wallMs: number }): Anchor {
  const { bootId, uptimeMs, wallMs } = now;
  const fresh = { bootId, uptimeMs, steadyMs: wallMs, offSinceMs: null };
  if (!last || last.bootId !== bootId || uptimeMs < last.uptimeMs) return fresh;
  const steadyMs = last.steadyMs + (uptimeMs - last.uptimeMs);
  if (Math.abs(wallMs - steadyMs) <= JUMP_MS) return fresh;
  const offSinceMs = last.offSinceMs ?? uptimeMs;
  if (uptimeMs - offSinceMs >= BELIEVED_AFTER_MS) return fresh;
  return { bootId, uptimeMs, steadyMs, offSinceMs };
}

export interface SteadyClock extends Clock {
  /** Whether the machine's clock is off from the one the runner believes, milliseconds; 0: it is not. */
  offByMs(): number;
  /** Saves the anchor, so that a restart of the runner believes no more than this one did. */
  save(): Promise<void>;
}

/** The clock of one root; `clock.json` keeps it over restarts. */
export async function openSteadyClock(files: Files, root: string, system: Clock = systemClock): Promise<SteadyClock> {
  const path = join(root, 'clock.json');
  const bootId = readBootId();
  let anchor = nextAnchor(parseAnchor(await readText(files, path, 4096)), {
    bootId,
    uptimeMs: uptime() * 1000,
    wallMs: system.nowMs(),
  });
  /** The last reading: the uptime is a file, and a thousand agents ask for the time at every look. */
  let read = { wallMs: system.nowMs(), monotonicMs: system.monotonicMs() };
  const move = () => {
    read = { wallMs: system.nowMs(), monotonicMs: system.monotonicMs() };
    anchor = nextAnchor(anchor, { bootId, uptimeMs: uptime() * 1000, wallMs: read.wallMs });
    return anchor.steadyMs;
  };
  const now = () => {
    const sinceMs = system.monotonicMs() - read.monotonicMs;
    const isCalm = Math.abs(system.nowMs() - read.wallMs - sinceMs) < CALM_MS;
    return sinceMs < READ_EVERY_MS && isCalm ? Math.round(anchor.steadyMs + sinceMs) : move();
  };
  return {
    nowMs: now,
    monotonicMs: system.monotonicMs,
    sleep: system.sleep,
    offByMs: () => (anchor.offSinceMs === null ? 0 : system.nowMs() - move()),
    save: async () => {
      move();
      await replaceFile(files, path, `${JSON.stringify(anchor)}\n`);
    },
  };
}

function parseAnchor(text: string | null): Anchor | null {
  const anchor = parseObject(text ?? '') as Anchor | null;
  return anchor && Number.isFinite(anchor.uptimeMs) && Number.isFinite(anchor.steadyMs) ? anchor : null;
}

/** Linux: of this boot. Elsewhere a constant: an uptime that went backwards then tells of a reboot. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'boot';
  }
}
