// The ladder in use, on a disk in memory with a clock that is set, and a session that does what a test says.
import { expect, test } from 'vitest';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { listSignals, recordSignal } from '#blackboard/signals/pending.ts';
import { limits } from '#blackboard/system/limits.ts';
import { NUDGE_TEXT } from '#hooks/claude/session-inbox.ts';
import { promptOfSignal } from '#hooks/claude/session-woken.ts';
import { wakeWord } from '#hooks/session/mod.ts';
import type { Seen } from '#runner/wake/ladder.ts';
import { turnsLeft } from '#runner/wake/session-turns.ts';
import { sessionWays } from '#runner/wake/session-ways.ts';
import { attemptWake } from '#runner/wake/wake-attempts.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, settled } from '#test/unit/fake-clock.ts';

const ROOT = '/root';
const ID = '01234567-89ab-7def-8123-456789abcdef';

async function world() {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock.nowMs);
  const layout = sessionLayout(ROOT, ID);
  files.prepare(layout.signals, layout.woken, layout.mod.home);
  await files.create(layout.peer, JSON.stringify({ id: ID, name: 's', transcript: '/t.jsonl' }));
  const seen: Seen = { state: 'idle', mod: false, stopped: false, holds: false, keys: false, turnsLeft: 50 };
  const done: string[] = [];
  const way = (rung: string) => async () => {
    done.push(rung);
    return 'said' as const;
  };
  const over = new AbortController();
  const see = async () => ({ ...seen, turnsLeft: await turnsLeft({ files, clock, layout }) });
  const ways = { ...sessionWays(files, ROOT), socket: way('socket'), file: way('file'), keys: way('keys') };
  return {
    clock,
    files,
    layout,
    seen,
    done,
    over,
    signal: (id: string, dueMs = clock.nowMs()) =>
      recordSignal(files, layout.signals, { type: 'wake', id: id.repeat(16), at: '', source: 'socket' }, dueMs),
    /** Tries; time goes on whenever it sleeps. */
    async attemptWake(onSleep: (sleeps: number) => unknown = () => {}): Promise<number | null> {
      let end: number | null | undefined;
      const waking = attemptWake({ root: ROOT, files, clock, layout, see, ways }, over.signal).then(ended => {
        end = ended;
      });
      for (let sleeps = 0; end === undefined && sleeps < 5_000; sleeps++) {
        await settled();
        await onSleep(sleeps);
        await clock.advance(limits.wakeProofLookMs);
      }
      over.abort();
      await waking;
      return end as number | null;
    },
    waiting: async () => (await listSignals(files, layout.signals)).waiting.length,
    /** As our UserPromptSubmit hook does. */
    async prompt(promptId: string) {
      const names = await files.list(layout.signals);
      await files.create(`${layout.woken}/${promptId}`, names.map(name => `${name}\n`).join(''));
      for (const name of names) await files.remove(`${layout.signals}/${name}`);
    },
  };
}

test('the first way that shows proof is the last; it counts one turn, and names the prompt', async () => {
  const it = await world();
  await it.signal('a');
  expect(await it.attemptWake(sleeps => sleeps === 10 && it.prompt('p-1'))).toBeNull();
  expect(it.done).toEqual(['socket']);
  expect(await promptOfSignal(it.files, it.layout, 'a'.repeat(16))).toBe('p-1');
  expect(await turnsLeft(it)).toBe(limits.sessionSignalTurnsPerDay - 1);
});

test('without any proof the signal waits for the next prompt, and nothing is tried again', async () => {
  const it = await world();
  await it.signal('a');
  expect(await it.attemptWake()).toBeNull();
  expect(it.done).toEqual(['socket', 'file']);
  expect(await it.waiting()).toBe(1);
  expect(await turnsLeft(it)).toBe(limits.sessionSignalTurnsPerDay - 1);
});

test('where our hook does not run the transcript is the proof', async () => {
  const it = await world();
  await it.files.create('/t.jsonl', `${JSON.stringify({ type: 'user', promptId: 'old', message: NUDGE_TEXT })}\n`);
  await it.signal('a');
  const record = `${JSON.stringify({ type: 'user', promptId: 'p-2', message: { content: NUDGE_TEXT } })}\n`;
  await it.attemptWake(sleeps => sleeps === 4 && it.files.append('/t.jsonl', record));
  expect(it.done).toEqual(['socket']);
  expect(await it.waiting()).toBe(0);
  expect(await promptOfSignal(it.files, it.layout, 'a'.repeat(16))).toBe('p-2');
});

test('a busy session is waited for; one that comes to rest is woken', async () => {
  const it = await world();
  it.seen.state = 'busy';
  await it.signal('a');
  await it.attemptWake(sleeps => {
    if (sleeps === 100) {
      expect(it.done).toEqual([]);
      it.seen.state = 'idle';
    }
  });
  expect(it.done[0]).toBe('socket');
});

test('the switch stops it between two ways, at once', async () => {
  const it = await world();
  await it.signal('a');
  await it.attemptWake(sleeps => sleeps === 3 && it.files.create(rootLayout(ROOT).disableSignals, ''));
  expect(it.done).toEqual(['socket']);
  expect(await it.waiting()).toBe(1);
});

test('a signal that is due later is waited for, and none is tried when the day is used up', async () => {
  const it = await world();
  await it.signal('a', it.clock.nowMs() + 8_000);
  expect(await it.attemptWake()).toBe(8_000);
  const other = await world();
  const count = limits.sessionSignalTurnsPerDay;
  await other.files.create(other.layout.signalTurns, JSON.stringify({ day: '2026-11-21', count }));
  await other.signal('a');
  expect(await other.attemptWake()).toBeNull();
  expect([it.done, other.done]).toEqual([[], []]);
  const next = await world();
  await next.files.create(next.layout.signalTurns, JSON.stringify({ day: '2026-11-20', count }));
  await next.signal('a');
  await next.attemptWake();
  expect(next.done, 'yesterday’s turns count for nothing').toEqual(['socket', 'file']);
});

test('the mod is asked first, by a word in its file; what it says is no proof', async () => {
  const it = await world();
  it.seen.mod = true;
  await it.signal('a');
  await it.attemptWake(async at => {
    const word = at === 2 ? await wakeWord(it.files, it.layout.mod.wake) : null;
    if (word !== null) await it.files.create(it.layout.mod.submitted(word), JSON.stringify({ result: 'entered' }));
  });
  expect(it.done, 'nothing told the signal within its time').toEqual(['socket', 'file']);
  const proven = await world();
  proven.seen.mod = true;
  await proven.signal('a');
  await proven.attemptWake(sleeps => sleeps === 2 && proven.prompt('p-1'));
  expect(proven.done).toEqual([]);
  expect(await wakeWord(proven.files, proven.layout.mod.wake)).toMatch(/^[0-9a-f]{16}$/);
});

test.each(['dropped', 'nothing'])('where the mod says %s, the next way is tried without waiting', async result => {
  const it = await world();
  it.seen.mod = true;
  await it.signal('a');
  let socketAt = -1;
  await it.attemptWake(async at => {
    if (socketAt < 0 && it.done.length > 0) socketAt = at;
    const word = at === 2 ? await wakeWord(it.files, it.layout.mod.wake) : null;
    if (word !== null) await it.files.create(it.layout.mod.submitted(word), JSON.stringify({ result }));
  });
  expect(socketAt).toBeLessThan(5);
});

test('where the person has stopped the session the ladder ends, though other ways would still work', async () => {
  const it = await world();
  it.seen.mod = true;
  await it.signal('a');
  await it.attemptWake(at => {
    if (at === 2) it.seen.stopped = true;
  });
  expect(it.done).toEqual([]);
  expect(await it.waiting(), 'their next prompt tells it').toBe(1);
});
