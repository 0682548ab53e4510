import { describe, expect, test } from 'vitest';
import { closesCircle, liveWaiters, registerWaiter, removeWaiter, waitsFor } from '#blackboard/inbox/waiters.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createInboxWorld, idOf } from './an-inbox.ts';

const processOf = (pid: number): ProcessIdentity => ({ pid, startTime: '1', bootId: 'boot' });
const alive =
  (...pids: number[]) =>
  async ({ pid }: ProcessIdentity) =>
    pids.includes(pid);

describe('waiters', () => {
  test('live as long as their process, and what the dead left is removed', async () => {
    const { files, inbox } = await createInboxWorld();
    const waiter = (number: number) => ({ id: idOf(number), to: 'b', identity: processOf(number) });
    for (const number of [1, 2]) await registerWaiter(files, inbox, waiter(number));
    expect(await liveWaiters(files, inbox, alive(1))).toEqual([waiter(1)]);
    expect(await files.list(inbox.waiters)).toEqual([idOf(1)]);
    // Another process that waited for the same reply ends, and takes nobody else's record away.
    await removeWaiter(files, inbox, { id: idOf(1), identity: processOf(3) });
    expect(await liveWaiters(files, inbox, alive(1))).toEqual([waiter(1)]);
    await removeWaiter(files, inbox, waiter(1));
    await removeWaiter(files, inbox, waiter(1));
    expect(await liveWaiters(files, inbox, alive(1))).toEqual([]);
  });

  test('whether a live one waits for a peer is asked without changing anything', async () => {
    const { files, inbox } = await createInboxWorld();
    const waits = (to: string) => waitsFor(files, inbox, to, alive(1));
    await registerWaiter(files, inbox, { id: idOf(1), to: 'b', identity: processOf(1) });
    await registerWaiter(files, inbox, { id: idOf(2), to: 'c', identity: processOf(2) });
    expect([await waits('b'), await waits('c'), await waits('d')]).toEqual([true, false, false]);
    expect(await files.list(inbox.waiters)).toHaveLength(2);
  });

  test('a torn or foreign file is no waiter, and is removed; one that is being written is left alone', async () => {
    const { files, inbox } = await createInboxWorld();
    await files.create(`${inbox.waiters}/torn`, '{"id":');
    await files.create(`${inbox.waiters}/${idOf(1)}.tmp-abc`, '{"id":');
    expect(await liveWaiters(files, inbox, alive(1))).toEqual([]);
    expect(await files.list(inbox.waiters)).toEqual([`${idOf(1)}.tmp-abc`]);
  });
});

describe('a circle of waits', () => {
  const waits = (graph: Record<string, string[]>) => async (peer: string) => graph[peer] ?? [];

  test.each<[string, Record<string, string[]>, string, string, string[] | null]>([
    ['nobody waits', {}, 'a', 'b', null],
    ['a waits for itself', {}, 'a', 'a', ['a', 'a']],
    ['b waits for a', { b: ['a'] }, 'a', 'b', ['a', 'b', 'a']],
    ['over three', { b: ['c'], c: ['a'] }, 'a', 'b', ['a', 'b', 'c', 'a']],
    ['b waits for others only', { b: ['c'], c: ['d'] }, 'a', 'b', null],
    ['one of several closes it', { b: ['c', 'd'], d: ['a'] }, 'a', 'b', ['a', 'b', 'd', 'a']],
    ['others are in a circle of their own', { b: ['c'], c: ['b'] }, 'a', 'b', null],
    ['the shortest is told', { b: ['c', 'a'], c: ['a'] }, 'a', 'b', ['a', 'b', 'a']],
  ])('%s', async (_what, graph, from, to, circle) => {
    expect(await closesCircle(from, to, waits(graph))).toEqual(circle);
  });

  test('a thousand peers in a row are looked at once each', async () => {
    const asked = new Map<string, number>();
    const chain = async (peer: string) => {
      asked.set(peer, (asked.get(peer) ?? 0) + 1);
      const next = Number(peer) + 1;
      return next < 1_000 ? [String(next), String(Math.min(999, next + 1))] : [];
    };
    expect(await closesCircle('a', '0', chain)).toBeNull();
    expect([...asked.values()].every(count => count === 1)).toBe(true);
    expect(asked.size).toBe(1_000);
  });
});
