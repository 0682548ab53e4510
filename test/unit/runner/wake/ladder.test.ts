import { describe, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { nextStep, type Rung, type Seen, type Tried } from '#runner/wake/ladder.ts';

const idle: Seen = { state: 'idle', mod: false, stopped: false, holds: false, keys: false, turnsLeft: 50 };
const after = (...tried: [Rung, number | null][]): Tried => tried.map(([rung, sinceMs]) => ({ rung, sinceMs }));

/** Which ways are tried, and when, if none of them ever shows that it worked. */
function failedAttempts(seen: Seen): [Rung, number][] {
  const tried: { rung: Rung; sinceMs: number | null }[] = [];
  const done: [Rung, number][] = [];
  for (let nowMs = 0; ; ) {
    const step = nextStep(tried, seen, nowMs);
    if (step.do === 'leave') return done;
    if (step.do === 'try') {
      tried.push({ rung: step.rung, sinceMs: nowMs });
      done.push([step.rung, nowMs]);
    } else nowMs += step.ms;
  }
}

test('each way only when the one before has shown nothing within its time; no keystroke unless it is allowed', () => {
  const { socket, file } = limits.wakeProofMs;
  expect(failedAttempts(idle)).toEqual([
    ['socket', 0],
    ['file', socket],
  ]);
  const { mod } = limits.wakeProofMs;
  expect(failedAttempts({ ...idle, mod: true, keys: true })).toEqual([
    ['mod', 0],
    ['socket', mod],
    ['file', mod + socket],
    ['keys', mod + socket + file],
  ]);
});

test('a way that is not there costs no time', () => {
  expect(nextStep(after(['socket', null]), idle, 5)).toEqual({ do: 'try', rung: 'file' });
  expect(nextStep(after(['socket', null], ['file', null]), idle, 5)).toEqual({ do: 'leave' });
});

describe('nothing is tried', () => {
  test('where the session holds what others send, in whatever state', () => {
    expect(failedAttempts({ ...idle, holds: true, keys: true })).toEqual([]);
    expect(failedAttempts({ ...idle, holds: true, keys: true, mod: true }), 'but by its own mod').toEqual([['mod', 0]]);
  });

  test('where its user has stopped it, and sent no prompt since', () => {
    expect(failedAttempts({ ...idle, mod: true, stopped: true, keys: true })).toEqual([]);
    expect(nextStep(after(['mod', 0]), { ...idle, mod: true, stopped: true }, 5)).toEqual({ do: 'leave' });
  });

  test.each(['ended', 'dead'] as const)('where it is %s', state => {
    expect(failedAttempts({ ...idle, state, keys: true })).toEqual([]);
  });

  test.each(['busy', 'waiting', 'unknown'] as const)('while it is %s: that is waited for', state => {
    const step = { do: 'wait', ms: limits.sessionBusyLookMs };
    expect(nextStep([], { ...idle, state }, 0)).toEqual(step);
    expect(nextStep(after(['socket', 0]), { ...idle, state, keys: true }, 60_000)).toEqual(step);
  });

  test('when the day’s turns are used up; what has begun goes on', () => {
    expect(nextStep([], { ...idle, turnsLeft: 0 }, 0)).toEqual({ do: 'leave' });
    expect(nextStep(after(['socket', null]), { ...idle, turnsLeft: 0 }, 0)).toEqual({ do: 'try', rung: 'file' });
  });
});
