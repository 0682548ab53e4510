import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSignal } from '#blackboard/signals/signal.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type AdmissionState, admit, type Decision, freshAdmission, restoreAdmission } from '#runner/wake/admission.ts';

const SEQUENCES = 10_000;

type Step =
  | { do: 'signal'; key: number; afterMs: number }
  /** Different ones, one after another. */
  | { do: 'burst'; count: number; gapMs: number; afterMs: number }
  /** A turn takes up whatever is due. */
  | { do: 'turn'; afterMs: number }
  /** The runner starts again and has what was written down. */
  | { do: 'restart'; afterMs: number }
  /** The machine does; it was off for a while that nobody knows. */
  | { do: 'reboot'; afterMs: number; upMs: number };

const after = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 15_000 }),
  fc.integer({ min: 0, max: 240_000 }),
);
const one = <T extends Step['do']>(kind: T) => ({ do: fc.constant(kind), afterMs: after });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ ...one('signal'), key: fc.integer({ min: 0, max: 60 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...one('burst'),
      count: fc.integer({ min: 2, max: 60 }),
      gapMs: fc.integer({ min: 0, max: 500 }),
    }),
  },
  { weight: 6, arbitrary: fc.record(one('turn')) },
  { weight: 1, arbitrary: fc.record(one('restart')) },
  { weight: 1, arbitrary: fc.record({ ...one('reboot'), upMs: fc.integer({ min: 0, max: 30_000 }) }) },
);

/** The model knows the true time and remembers everything; the subject has the uptime and its file. */
function play(steps: readonly Step[], seen: Map<string, number>, restore = restoreAdmission): void {
  let trueMs = 0;
  let bootedAtMs = -1_000_000;
  let boots = 0;
  const uptimeMs = () => trueMs - bootedAtMs;
  let state: AdmissionState = freshAdmission('boot-0', uptimeMs());
  /** By key: the true instant from which it is due. */
  const pending = new Map<string, number>();
  const taken: number[] = [];
  const lastDue = new Map<string, number>();
  /** Whether so many were taken within the span, at least; the oldest stands first. */
  const areWithin = (count: number, spanMs: number) => trueMs - (taken.at(-count) ?? -Infinity) < spanMs;

  function check(key: string, decision: Decision): void {
    const nowMs = uptimeMs();
    const name = decision.kind === 'refused' ? decision.code : decision.kind;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    if (decision.kind === 'refused') {
      // Never one that would only have been merged, and never without the reason it gives: a reboot alone may make the
      // subject remember more than the truth, because it does not know how long the machine was off.
      if (pending.has(key)) throw new Error('refused what waits already');
      const isTrue = { 'rate-minute': areWithin(30, 60_000), 'rate-hour': areWithin(200, 3_600_000) };
      const holds = isTrue[decision.code as 'rate-minute'] ?? pending.size >= limits.signalsPendingMax;
      if (!holds && boots === 0) throw new Error(`refused (${decision.code}) without reason`);
      if (decision.retryAtMs <= nowMs) throw new Error('says to try again in the past');
      return;
    }
    if (decision.isNew === pending.has(key)) throw new Error('merged into nothing, or written twice');
    if (!decision.isNew) return;
    const waitMs = decision.dueMs - nowMs;
    if (waitMs < 0 || waitMs > limits.signalSameMs) throw new Error(`due in ${waitMs} ms`);
    const dueMs = trueMs + waitMs;
    if (dueMs - (lastDue.get(key) ?? -Infinity) < limits.signalSameMs) throw new Error('two turns within ten seconds');
    pending.set(key, dueMs);
    lastDue.set(key, dueMs);
    taken.push(trueMs);
    if (areWithin(limits.signalsPerMinute + 1, 60_000)) throw new Error('more than 30 in a minute');
    if (areWithin(limits.signalsPerHour + 1, 3_600_000)) throw new Error('more than 200 in an hour');
  }

  for (const each of steps) {
    trueMs += each.afterMs;
    switch (each.do) {
      case 'turn':
        for (const [key, dueMs] of pending) if (dueMs <= trueMs) pending.delete(key);
        break;
      case 'restart':
        state = restore(JSON.stringify(state), `boot-${boots}`, uptimeMs());
        break;
      case 'reboot':
        boots++;
        bootedAtMs = trueMs;
        trueMs += each.upMs;
        state = restore(JSON.stringify(state), `boot-${boots}`, uptimeMs());
        break;
      case 'signal':
        signal(String(each.key));
        break;
      case 'burst':
        for (let key = 0; key < each.count; key++) {
          signal(String(key));
          trueMs += each.gapMs;
        }
    }
  }

  function signal(key: string): void {
    const outcome = admit(state, key, pending, uptimeMs());
    state = outcome.state;
    check(key, outcome.decision);
  }
}

test('whatever comes and anyone who restarts, the limits of the true time hold, and nothing is refused without reason', () => {
  const seen = new Map<string, number>();
  const sequences = fc.array(step, { minLength: 1, maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(sequences, steps => play(steps, seen)),
    { numRuns: SEQUENCES },
  );
  for (const kind of ['accepted', 'coalesced', 'duplicate', 'rate-minute'])
    expect(seen.get(kind) ?? 0).toBeGreaterThan(0);
});

test.each<[string, typeof restoreAdmission]>([
  ['forgets at a restart', (_text, bootId, nowMs) => freshAdmission(bootId, nowMs)],
  [
    'believes a clock that was set',
    (text, bootId, nowMs) => {
      const state = restoreAdmission(text, bootId, nowMs);
      return { ...state, takenMs: state.takenMs.map(atMs => atMs - 3_600_000) };
    },
  ],
])('the model sees one that %s', (_what, restore) => {
  const flood: Step[] = [
    { do: 'burst', count: 30, gapMs: 1, afterMs: 0 },
    { do: 'turn', afterMs: 11_000 },
    { do: 'restart', afterMs: 0 },
    { do: 'burst', count: 30, gapMs: 1, afterMs: 0 },
  ];
  expect(() => play(flood, new Map())).not.toThrow();
  expect(() => play(flood, new Map(), restore)).toThrow('more than 30 in a minute');
});

test('whatever bytes come, what is taken for a signal is one: only known fields, all strings, once each', () => {
  const token = '"token":"dA=="';
  const piece = fc.constantFrom(
    ...['{', '}', '[', ']', ':', ',', '"', '\\', '\n', ' ', token, '"type":"wake"', '"type":"file_changed"'],
    ...['"path":"/a"', '"path":"a"', '"token":', '1', 'null', '"t\\u0079pe"', '"message":"x"', '\u2028', '\ufeff'],
  );
  const words = fc.array(piece, { maxLength: 9 }).map(pieces => Buffer.from(`{${token},${pieces.join('')}`));
  const bytes = fc.oneof(words, fc.uint8Array({ maxLength: 40 }), fc.json().map(Buffer.from));
  fc.assert(
    fc.property(bytes, said => {
      const parsed = parseSignal(said);
      if (parsed.kind === 'refused') return;
      const value = JSON.parse(Buffer.from(said).toString()) as Record<string, string>;
      expect(Object.keys(value).sort()).toEqual(
        parsed.signal.type === 'wake' ? ['token', 'type'] : ['path', 'token', 'type'],
      );
      expect(
        Buffer.from(said)
          .toString()
          .match(/"token"/g),
      ).toHaveLength(1);
    }),
    { numRuns: SEQUENCES },
  );
});
