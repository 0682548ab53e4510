import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adoptUnplaced, attachingName, deliver } from '#blackboard/inbox/deliver.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { NOON } from '#test/unit/fake-clock.ts';
import { createInboxWorld, type InboxWorld, idOf, messageOf } from './an-inbox.ts';

const settled = () => true;

/** The process dies just before this call of this verb. */
function dyingBefore(files: Files, verb: keyof Files, path: RegExp): Files {
  return new Proxy(files, {
    get(target, name: keyof Files) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      if (name !== verb) return method;
      return (...args: unknown[]) => (path.test(String(args[0])) ? Promise.reject(new Error('died')) : method(...args));
    },
  });
}

/** A producer that died after it took the id and before the message stood in new. */
async function dieBetween({ files, inbox }: InboxWorld, number: number): Promise<void> {
  const dying = dyingBefore(files, 'move', /\/tmp\//);
  await expect(deliver(dying, inbox, messageOf(number))).rejects.toThrow('died');
}

test('a delivered message stands whole in new, under its time, id and priority, and nothing is left in tmp', async () => {
  const { files, inbox } = await createInboxWorld();
  expect(await deliver(files, inbox, messageOf(1, { priority: 'high' }))).toBe('delivered');
  const names = await files.list(inbox.new);
  expect(names).toEqual([`${NOON + 1}-${idOf(1)},high`]);
  const text = (await readText(files, `${inbox.new}/${names[0]}`, 1e6))!;
  expect(decodeMessage(text, 'm')).toEqual(messageOf(1, { priority: 'high' }));
  expect(await files.list(inbox.tmp)).toEqual([]);
  expect(await files.list(inbox.ids)).toEqual([idOf(1)]);
});

test('a power loss right after it was accepted takes nothing of it', async () => {
  const { files, inbox } = await createInboxWorld();
  await deliver(files, inbox, messageOf(1));
  for (const kept of [0, 0.999]) {
    const after = files.afterPowerLoss(() => kept);
    const [name] = await after.list(inbox.new);
    expect(decodeMessage((await readText(after, `${inbox.new}/${name}`, 1e6))!, 'm')).toEqual(messageOf(1));
    expect(await after.list(inbox.ids)).toEqual([idOf(1)]);
  }
});

describe('the same id again', () => {
  test('is a duplicate where it says the same, whenever it was said', async () => {
    const { files, inbox } = await createInboxWorld();
    await deliver(files, inbox, messageOf(1));
    expect(await deliver(files, inbox, messageOf(1, { at: new Date(NOON + 9).toISOString() }))).toBe('duplicate');
    expect(await files.list(inbox.new)).toHaveLength(1);
  });

  test('for another message is an error, never taken for done, and the first one stands', async () => {
    const { files, inbox } = await createInboxWorld();
    await deliver(files, inbox, messageOf(1));
    await expect(deliver(files, inbox, messageOf(1, { body: 'other' }))).rejects.toMatchObject({
      code: 'taken',
      exit: 65,
    });
    await expect(deliver(files, inbox, messageOf(1, { from: 'b' }))).rejects.toMatchObject({ code: 'taken' });
    expect(await files.list(inbox.new)).toHaveLength(1);
    expect(files.dump().some(([, text]) => text.includes('other'))).toBe(false);
    expect(await files.list(inbox.tmp)).toEqual([]);
  });

  test.each(['cur', 'done', 'dead'] as const)('is a duplicate also when the message has gone on to %s', async state => {
    const { files, inbox } = await createInboxWorld();
    await deliver(files, inbox, messageOf(1));
    const [name] = await files.list(inbox.new);
    const day = state === 'done' ? `${inbox.done}/2026-11-21` : inbox[state];
    files.prepare(day);
    await files.move(`${inbox.new}/${name}`, `${day}/${state === 'cur' ? `3.${name}` : name}`);
    expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
    expect(await files.list(inbox.new)).toEqual([]);
  });

  test('is a duplicate when the message itself has been swept: ids outlive it', async () => {
    const { files, inbox } = await createInboxWorld();
    await deliver(files, inbox, messageOf(1));
    const [name] = await files.list(inbox.new);
    await files.remove(`${inbox.new}/${name}`);
    expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
    expect(await files.list(inbox.new)).toEqual([]);
  });

  test('finishes what a producer that died between ids and new has begun', async () => {
    const world = await createInboxWorld();
    const { files, inbox } = world;
    await dieBetween(world, 1);
    expect(await files.list(inbox.new)).toEqual([]);
    expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
    await expect(deliver(files, inbox, messageOf(1, { body: 'the second try' }))).rejects.toMatchObject({ exit: 65 });
    const names = await files.list(inbox.new);
    expect(names).toHaveLength(1);
    expect((await readText(files, `${inbox.new}/${names[0]}`, 1e6))!).toContain('body 1');
    expect(await files.list(inbox.tmp)).toEqual([]);
  });
});

describe('two producers at once', () => {
  test('of one id place one message, and one of them is told that it was a duplicate', async () => {
    const { files, inbox } = await createInboxWorld();
    const told = await Promise.all([1, 2, 3].map(() => deliver(files, inbox, messageOf(1))));
    expect(told.sort()).toEqual(['delivered', 'duplicate', 'duplicate']);
    expect(await files.list(inbox.new)).toHaveLength(1);
    expect(await files.list(inbox.tmp)).toEqual([]);
  });

  test('of different ids both get theirs, at the same millisecond too', async () => {
    const { files, inbox } = await createInboxWorld();
    const at = new Date(NOON).toISOString();
    await Promise.all([1, 2, 3].map(number => deliver(files, inbox, messageOf(number, { at }))));
    expect((await files.list(inbox.new)).map(name => parseMessageName(name)?.id).sort()).toEqual([1, 2, 3].map(idOf));
  });

  test('a producer that wakes up when the message is long done cannot place it again', async () => {
    const world = await createInboxWorld();
    const { files, inbox } = world;
    let wakeUp = () => {};
    const asleep = new Promise<void>(resolve => {
      wakeUp = resolve;
    });
    let isAsleep = () => {};
    const fellAsleep = new Promise<void>(resolve => {
      isAsleep = resolve;
    });
    const slow: Files = {
      ...files,
      move: async (from, to) => {
        isAsleep();
        await asleep;
        return files.move(from, to);
      },
    };
    const delivering = deliver(slow, inbox, messageOf(1));
    await fellAsleep;
    expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
    const [name] = await files.list(inbox.new);
    files.prepare(`${inbox.done}/2026-11-21`);
    await files.move(`${inbox.new}/${name}`, `${inbox.done}/2026-11-21/${name}`);
    wakeUp();
    await delivering;
    expect(await files.list(inbox.new)).toEqual([]);
  });
});

describe('new cannot be written in', () => {
  const refusing = (files: Files): Files => ({
    ...files,
    move: async () => Promise.reject(Object.assign(new Error('EACCES: rename'), { code: 'EACCES' })),
  });

  test('anyone who was told that nothing was sent sends it again: the first is not placed later', async () => {
    const { files, inbox } = await createInboxWorld();
    await expect(deliver(refusing(files), inbox, messageOf(1), { once: true })).rejects.toThrow('EACCES');
    expect(await adoptUnplaced(files, inbox, settled)).toBe(0);
    expect([await files.list(inbox.ids), await files.list(inbox.tmp), await files.list(inbox.new)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test('with an id of its sender’s the second finishes the work of the first', async () => {
    const { files, inbox } = await createInboxWorld();
    await expect(deliver(refusing(files), inbox, messageOf(1))).rejects.toThrow('EACCES');
    expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
    expect(await files.list(inbox.new)).toHaveLength(1);
  });
});

describe('what producers left behind', () => {
  test('between ids and new is placed', async () => {
    const world = await createInboxWorld();
    const { files, inbox } = world;
    files.prepare(dirname(inbox.events));
    await dieBetween(world, 1);
    expect(await adoptUnplaced(files, inbox, settled)).toBe(1);
    expect(await eventsIn(files, inbox.events)).toMatchObject([
      { peer: 'a', type: 'message.queued', id: idOf(1), from: 'operator', kind: 'request', dueAt: null },
    ]);
    expect(await files.list(inbox.new)).toEqual([`${NOON + 1}-${idOf(1)}`]);
    expect(await files.list(inbox.tmp)).toEqual([]);
    expect(await adoptUnplaced(files, inbox, settled)).toBe(0);
  });

  test('before ids was never accepted, and is swept', async () => {
    const { files, inbox } = await createInboxWorld();
    await expect(deliver(dyingBefore(files, 'link', /\/tmp\//), inbox, messageOf(1))).rejects.toThrow('died');
    expect(await files.list(inbox.tmp)).toHaveLength(1);
    expect(await adoptUnplaced(files, inbox, settled)).toBe(0);
    expect(await files.list(inbox.tmp)).toEqual([]);
    expect(await deliver(files, inbox, messageOf(1))).toBe('delivered');
  });

  test('a moment ago is left alone: its producer is at work', async () => {
    const world = await createInboxWorld();
    const { files, inbox, clock } = world;
    await dieBetween(world, 1);
    const isSettled = (mtimeMs: number) => clock.nowMs() - mtimeMs > 10_000;
    expect(await adoptUnplaced(files, inbox, isSettled)).toBe(0);
    expect(await files.list(inbox.tmp)).toHaveLength(1);
    await clock.advance(10_001);
    expect(await adoptUnplaced(files, inbox, isSettled)).toBe(1);
  });

  test('a producer whose file was swept before it took the id is told that nothing was sent', async () => {
    const { files, inbox } = await createInboxWorld();
    const swept: Files = {
      ...files,
      link: async (from, to) => {
        await adoptUnplaced(files, inbox, settled);
        return files.link(from, to);
      },
    };
    await expect(deliver(swept, inbox, messageOf(1))).rejects.toMatchObject({ code: 'temporary', exit: 75 });
    expect(await deliver(files, inbox, messageOf(1))).toBe('delivered');
  });

  test('an attachment on its way is swept, taken drops and what is not ours stay', async () => {
    const { files, inbox } = await createInboxWorld();
    const strangers = ['drop-x', 'notes.txt', 'ABCDEF0123456789ABCDEF0123456789', '.hidden'];
    for (const name of [attachingName(), ...strangers]) await files.create(`${inbox.tmp}/${name}`, 'x');
    await adoptUnplaced(files, inbox, settled);
    expect((await files.list(inbox.tmp)).sort()).toEqual([...strangers].sort());
  });
});

test('a message for later waits in later, under the instant from which it may be worked on', async () => {
  const { files, inbox } = await createInboxWorld();
  const dueMs = NOON + 3_600_000;
  await deliver(files, inbox, messageOf(1, { notBefore: new Date(dueMs).toISOString() }));
  await deliver(files, inbox, messageOf(2, { notBefore: new Date(NOON - 1).toISOString() }));
  expect(await files.list(inbox.later)).toEqual([`${dueMs}-${idOf(1)}`]);
  expect(await files.list(inbox.new)).toEqual([`${NOON + 2}-${idOf(2)}`]);
  expect(await deliver(files, inbox, messageOf(1))).toBe('duplicate');
});
