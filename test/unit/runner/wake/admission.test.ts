import { describe, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { type AdmissionState, admit, freshAdmission, restoreAdmission } from '#runner/wake/admission.ts';

const T = 5_000_000;
const BOOT = 'boot-1';
const none = new Set<string>();

/** Takes signals one after another; nothing waits unless it is said. */
function taker(state: AdmissionState = freshAdmission(BOOT, T)) {
  return {
    state: () => state,
    at(nowMs: number, key: string, pending: ReadonlySet<string> = none) {
      const { state: next, decision } = admit(state, key, pending, nowMs);
      state = next;
      return decision;
    },
  };
}

test('the first of its kind is accepted, and due now', () => {
  expect(taker().at(T, 'a')).toEqual({ kind: 'accepted', dueMs: T, isNew: true });
});

test('an identical one within ten seconds is a duplicate of the one that waits', () => {
  const { at } = taker();
  at(T, 'a');
  expect(at(T + 9_999, 'a', new Set(['a']))).toEqual({ kind: 'duplicate', dueMs: T, isNew: false });
});

test('an identical one whose first has its turn already gives one more, when the ten seconds are over', () => {
  const { at } = taker();
  at(T, 'a');
  expect(at(T + 3_000, 'a')).toEqual({ kind: 'duplicate', dueMs: T + 10_000, isNew: true });
  expect(at(T + 4_000, 'a', new Set(['a']))).toEqual({ kind: 'duplicate', dueMs: T + 10_000, isNew: false });
  expect(at(T + 20_000, 'a')).toEqual({ kind: 'accepted', dueMs: T + 20_000, isNew: true });
});

test('what waits longer than ten seconds takes identical ones in, and others share its turn', () => {
  const { at } = taker();
  at(T, 'a');
  expect(at(T + 60_000, 'a', new Set(['a']))).toEqual({ kind: 'coalesced', dueMs: T + 60_000, isNew: false });
  expect(at(T + 60_001, 'b', new Set(['a']))).toEqual({ kind: 'coalesced', dueMs: T + 60_001, isNew: true });
});

describe('limits', () => {
  test('the 31st of a minute is refused until the first is a minute old', () => {
    const { at } = taker();
    for (let each = 0; each < 30; each++) expect(at(T + each, `k${each}`).kind).toBe('accepted');
    expect(at(T + 30, 'x')).toEqual({ kind: 'refused', code: 'rate-minute', retryAtMs: T + 60_000 });
    expect(at(T + 60_000, 'x').kind).toBe('accepted');
  });

  test('the 201st of an hour is refused until the first is an hour old', () => {
    const { at } = taker();
    for (let each = 0; each < 200; each++) expect(at(T + each * 5_000, `k${each}`).kind).toBe('accepted');
    expect(at(T + 1_000_000, 'x')).toEqual({ kind: 'refused', code: 'rate-hour', retryAtMs: T + 3_600_000 });
    expect(at(T + 3_600_000, 'x').kind).toBe('accepted');
  });

  test('duplicates use up nothing', () => {
    const { at, state } = taker();
    at(T, 'a');
    for (let each = 0; each < 1000; each++) at(T + each, 'a', new Set(['a']));
    expect(state().takenMs).toHaveLength(1);
  });

  test('no more than 64 different ones wait', () => {
    const full = new Set(Array.from({ length: 64 }, (_, each) => `p${each}`));
    expect(taker().at(T, 'x', full)).toMatchObject({ kind: 'refused', code: 'pending-full' });
  });
});

describe('a restart', () => {
  function worn(): AdmissionState {
    const { at, state } = taker();
    for (let each = 0; each < 30; each++) at(T + each, `k${each}`);
    return state();
  }

  test('grants nothing: what was written down goes on', () => {
    const again = taker(restoreAdmission(JSON.stringify(worn()), BOOT, T + 100));
    expect(again.at(T + 100, 'x')).toMatchObject({ kind: 'refused', code: 'rate-minute', retryAtMs: T + 60_000 });
  });

  test('of the machine grants only the time since it started, whatever the clock on the wall says', () => {
    const again = () => taker(restoreAdmission(JSON.stringify(worn()), 'boot-2', 9_000_000));
    expect(again().at(59_970, 'x')).toMatchObject({ kind: 'refused', code: 'rate-minute' });
    expect(again().at(60_000, 'x')).toMatchObject({ kind: 'accepted' });
  });

  test.each(['', '{', 'null', '[]', '{"lastMs":"x"}', '{"bootId":"b","lastMs":1,"takenMs":["a"],"dueMs":{}}'])(
    'a file that says %j counts for none',
    text => {
      expect(restoreAdmission(text, BOOT, T)).toEqual(freshAdmission(BOOT, T));
    },
  );
});

test('after a reboot the turn of a signal may have begun before what is known of it: the next one is ten seconds behind', () => {
  const taken = admit(freshAdmission('one', 0), 'wake', new Set(), 0).state;
  const again = admit(taken, 'wake', new Set(), 0).state;
  const booted = restoreAdmission(JSON.stringify(again), 'two', 2_776);
  const { decision } = admit(booted, 'wake', new Set(), 2_784);
  expect(decision).toMatchObject({ isNew: true, dueMs: 2_784 + limits.signalSameMs });
});
