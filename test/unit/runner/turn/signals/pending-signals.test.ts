// What a look and an elected turn make of signals, and what becomes of them at its end; on a disk in memory.
import { describe, expect, test } from 'vitest';
import { rootLayout, turnLayout } from '#blackboard/layout.ts';
import { listSignals, recordSignal } from '#blackboard/signals/pending.ts';
import type { SignalType } from '#blackboard/signals/signal.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Intent, Verdict } from '#blackboard/turns/turn-records.ts';
import { signalsEnded } from '#runner/turn/signals/after-turn.ts';
import { signalWork, takeUpSignals } from '#runner/turn/signals/pending-signals.ts';
import { createAgentWorld } from '#test/unit/runner/agent-world.ts';

async function worldWith(frontMatter: string, ...types: SignalType[]) {
  const it = await createAgentWorld(frontMatter);
  const { files, layout } = it.context;
  it.files.prepare(layout.signals, turnLayout(layout.turns, 1).home);
  for (const [index, type] of types.entries()) {
    const path = type === 'wake' ? {} : { path: `/f${index}` };
    const id = String(index).padStart(16, '0');
    await recordSignal(files, layout.signals, { type, id, at: '', source: 'socket', ...path }, it.clock.nowMs());
  }
  const look = (spentUsd = 0) => signalWork(it.context, async () => spentUsd);
  return {
    ...it,
    look,
    async takeUp(alone: boolean): Promise<string[]> {
      const taken = await takeUpSignals(it.context, turnLayout(layout.turns, 1), await look(), alone);
      return (taken?.taken ?? []).map(({ type }) => type);
    },
    waiting: async () => (await listSignals(files, layout.signals)).waiting.map(({ type }) => type),
  };
}

test('all that are due share one turn', async () => {
  const it = await worldWith('', 'wake', 'file_changed', 'file_changed');
  expect(await it.takeUp(true)).toEqual(['wake', 'file_changed', 'file_changed']);
  expect(await it.waiting()).toEqual([]);
});

test('with an allowlist a turn that they alone start is about one type, and the other waits; with messages it is about all', async () => {
  const list = 'signals: {allowlist: {wake: [Read], file_changed: [Edit]}}\n';
  const alone = await worldWith(list, 'wake', 'file_changed');
  expect(await alone.takeUp(true)).toEqual(['wake']);
  expect(await alone.waiting()).toEqual(['file_changed']);
  expect(await (await worldWith(list, 'wake', 'file_changed')).takeUp(false)).toEqual(['wake', 'file_changed']);
});

test('one for later waits for its time; one further ahead than any can be was written by another clock, and is due', async () => {
  const it = await worldWith('');
  const { files, layout } = it.context;
  const record = (id: string, inMs: number, path: string) => {
    const signal = { type: 'file_changed', path, id: id.repeat(16), at: '', source: 'socket' } as const;
    return recordSignal(files, layout.signals, signal, it.clock.nowMs() + inMs);
  };
  await record('a', limits.signalSameMs, '/a');
  expect(await it.look()).toMatchObject({
    due: [],
    hold: { untilMs: it.clock.nowMs() + limits.signalSameMs, passes: true },
  });
  await record('b', 86_400_000, '/b');
  expect((await it.look()).due.map(({ id }) => id)).toEqual(['b'.repeat(16)]);
});

test('over the day’s budget, and while signals are off, they alone start none', async () => {
  const it = await worldWith('', 'wake');
  expect(await it.look()).toMatchObject({ hold: null, leftUsd: 1, due: [{ type: 'wake' }] });
  expect((await it.look(1)).hold?.reason).toContain('budget.signalsPerDayUsd ($1) is spent for today');
  await it.files.create(rootLayout(it.context.root).disableSignals, '');
  expect(await it.look()).toMatchObject({ due: [], hold: { reason: expect.stringContaining('signals are off') } });
});

describe('after the turn', () => {
  const fateOf = (verdict: Verdict, interruptions = 0) => {
    const taken = [{ type: 'wake', id: 'a', at: '', source: 'socket', interruptions }];
    return signalsEnded({ signals: { alone: true, taken } } as unknown as Intent, verdict)!.fates[0];
  };
  const said = (kind: string, more = {}) => ({ kind, reason: 'x', ...more }) as Verdict;

  test.each(['answered', 'failed', 'over-budget', 'cancelled'])('%s: it has had its turn', kind => {
    expect(fateOf(said(kind))).toEqual({ id: 'a', do: 'consume' });
  });

  test.each(['void', 'temporary', 'needs-person', 'session-lost'])('%s: it waits again, as before', kind => {
    expect(fateOf(said(kind), 1)).toEqual({ id: 'a', do: 'release', interruptions: 1 });
  });

  test('interrupted: it waits again, counted, and is given up in the end', () => {
    const fates = Array.from({ length: limits.signalInterruptionsMax }, (_, before) =>
      fateOf(said('interrupted'), before),
    );
    expect(fates.slice(0, -1).map(fate => fate?.do)).toEqual(Array(limits.signalInterruptionsMax - 1).fill('release'));
    expect(fates[0]).toMatchObject({ interruptions: 1 });
    expect(fates.at(-1)).toEqual({ id: 'a', do: 'consume' });
  });
});
