import { expect, test } from 'vitest';
import { adoptDrop } from '#blackboard/inbox/drop-to-message.ts';
import { settle } from '#blackboard/inbox/settle-drops.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { NOON } from '#test/unit/fake-clock.ts';
import { createInboxWorld, type InboxWorld, idOf } from './an-inbox.ts';

const EFFECTS = ['create', 'append', 'link', 'move', 'makeDirectory', 'syncDirectory', 'remove'];

/** A disk whose n-th effect never happens: the process has died before it. */
function dyingAt(files: Files, step: number, count = { effects: 0 }): Files {
  return new Proxy(files, {
    get(target, verb: keyof Files) {
      const method = target[verb] as (...args: unknown[]) => Promise<unknown>;
      if (!EFFECTS.includes(verb)) return method;
      return (...args: unknown[]) => (++count.effects >= step ? Promise.reject(new Error('died')) : method(...args));
    },
  });
}
const take = async ({ files, inbox }: InboxWorld, bytes: string | Uint8Array) => {
  const path = `${inbox.tmp}/drop-${idOf(1)}-task.md`;
  await files.create(path, bytes);
  return { path, id: idOf(1), name: 'task.md' };
};

/** By a process that looks once, an hour later. */
const adopt = ({ inbox, clock, files }: InboxWorld, port: Files = files) =>
  settle(port, inbox, { ...clock, nowMs: () => clock.nowMs() + 3_600_000 }, new Map(), { once: true });

test('a drop that is gone meanwhile is nobody’s', async () => {
  const { files, inbox } = await createInboxWorld();
  await adoptDrop(files, inbox, { path: `${inbox.tmp}/drop-x`, id: idOf(1), name: 'x' }, NOON);
  expect(await files.list(inbox.new)).toEqual([]);
  expect(await files.list(inbox.dead)).toEqual([]);
});

test.each([
  ['a text', '---\nkind: question\n---\nwhy?', { kind: 'question', body: 'why?', attachments: undefined }],
  [
    'a text in UTF-16',
    Buffer.from('\ufeff---\nkind: question\n---\nwhy?', 'utf16le'),
    { kind: 'question', body: 'why?', attachments: [{ name: 'task.md', sizeBytes: 56 }] },
  ],
  ['a text with a byte order mark', '\ufeffa;b\n', { kind: 'request', body: '\ufeffa;b\n', attachments: undefined }],
  ['a binary', Buffer.from([1, 0, 2]), { kind: 'request', body: '', attachments: [{ name: 'task.md', sizeBytes: 3 }] }],
] as const)('%s is delivered once, wherever its adoption died before', async (_what, bytes, expected) => {
  const whole = await createInboxWorld();
  const count = { effects: 0 };
  await take(whole, bytes);
  await adopt(whole, dyingAt(whole.files, Number.POSITIVE_INFINITY, count));
  expect(count.effects).toBeGreaterThan(5);
  for (let step = 1; step <= count.effects; step++) {
    const world = await createInboxWorld();
    const { files, inbox } = world;
    const dropped = await take(world, bytes);
    await expect(adopt(world, dyingAt(files, step)), `step ${step}`).rejects.toThrow('died');
    await adopt(world);
    const names = await files.list(inbox.new);
    expect(names, `step ${step}`).toHaveLength(1);
    const message = decodeMessage((await readText(files, `${inbox.new}/${names[0]}`, 1e6))!, 'm');
    expect(message).toMatchObject({ id: idOf(1), from: 'operator', file: 'task.md' });
    expect({ kind: message.kind, body: message.body, attachments: message.attachments }).toEqual(expected);
    expect(await files.facts(dropped.path)).toBeNull();
    if (expected.attachments) expect(await files.read(`${inbox.files}/${idOf(1)}/task.md`)).toEqual(bytes);
  }
});

test('a head that cannot be understood makes no message: the file is dead as it came, with the reason, wherever its adoption died', async () => {
  const text = '---\ntags: [a]\nnotBefore: next week\n---\nx';
  for (let step = 1; step <= 6; step++) {
    const world = await createInboxWorld();
    const { files, inbox } = world;
    const drop = await take(world, text);
    await adopt(world, dyingAt(files, step)).catch(() => {});
    await adopt(world);
    expect(await files.list(inbox.new)).toEqual([]);
    const dead = await files.list(inbox.dead);
    const [letter] = dead.filter(name => name.endsWith('-task.md'));
    expect(await readText(files, `${inbox.dead}/${letter}`, 1e6)).toBe(text);
    const reason = (await readText(files, `${inbox.dead}/${letter}.reason`, 1e6))!;
    expect(reason).toMatch(/^expected notBefore to be a time .*got "next week"\. .*agent-runner dead requeue <id>/);
    expect(await files.facts(drop.path)).toBeNull();
  }
});
