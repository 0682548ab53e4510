import { describe, expect, test } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout, turnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { electTurn } from '#blackboard/turns/turns.ts';
import type { ResidentWish } from '#runner/claude/port.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { nextBatch, prepareTurn } from '#runner/turn/plan.ts';
import { AGENT, CHILD, createAgentWorld, ROOT, resultLine } from '#test/unit/runner/agent-world.ts';

const ID = '00000000-0000-7000-8000-000000000001';

test('a message that another runner takes between two reads is no bad file: it is left where it is', async () => {
  const { context, files } = await createAgentWorld();
  const { inbox } = context.layout;
  const at = '2026-01-01T00:00:00.000Z';
  const message = { id: ID, from: 'operator', kind: 'request' as const, at, trace: ID, hops: 0, body: 'work' };
  await deliver(files, inbox, message);
  const [name] = await files.list(inbox.new);

  // It is gone when it is opened, and back (its turn came to nothing) when anything else is done about it.
  const taken = {
    ...files,
    read: async (path: string, options?: { offset?: number; bytesMax?: number }) =>
      path === `${inbox.new}/${name}` ? null : files.read(path, options),
  };
  const batch = await nextBatch({ ...context, files: taken }, 1, () => false);

  expect(batch).toEqual({ work: [], riders: [], expired: [], expiresMs: null });
  expect(await files.list(inbox.dead)).toEqual([]);
  expect(await files.list(inbox.new)).toEqual([name]);
});

test('of thousands of messages that start no turn, no more are opened again than may go along; what is behind them is found', async () => {
  const { context, files, drop } = await createAgentWorld();
  const count = 4 * limits.riderMessagesMax;
  for (let index = 0; index < count; index++) await drop({ kind: 'note' });
  await drop({ kind: 'note', expiresAt: '2000-01-01T00:00:00.000Z' });
  let reads = 0;
  const read: typeof files.read = (path, options) => {
    if (path.startsWith(context.layout.inbox.new)) reads++;
    return files.read(path, options);
  };
  const kept = { ...context, files: { ...files, read }, kinds: new Map() };
  const opened = async (look = kept) => {
    reads = 0;
    // The same as for who has never looked.
    expect(await nextBatch(look, 1, () => false)).toEqual(
      await nextBatch({ ...look, files, kinds: undefined! }, 1, () => false),
    );
    return reads;
  };
  expect(await opened()).toBe(count + 1);
  expect(await opened()).toBe(limits.riderMessagesMax + 1);
  await drop();
  expect(await opened()).toBe(limits.riderMessagesMax + 2);
  const definition = { ...context.definition, turnOn: ['note' as const] };
  expect(await opened({ ...kept, definition })).toBe(count + 2);
  // Those that leave make nobody forget the others.
  const { inbox } = context.layout;
  for (const name of (await files.list(inbox.new)).slice(0, 4)) await files.remove(`${inbox.new}/${name}`);
  expect(await opened()).toBe(limits.riderMessagesMax + 2);
  expect(kept.kinds.size).toBe(count + 1 - 4);
});

test('a body that the prompt cannot have as it came lies beside its message byte for byte, under a name that nothing else has', async () => {
  const { context, files, drop, begin } = await createAgentWorld();
  const { inbox } = context.layout;
  const body = '\ufeff@@ -1 +1 @@\r\n @Injectable()\n';
  const patch = await drop({ file: 'fix.patch', body, thread: 't' });
  const attachments = [{ name: 'message.txt', sizeBytes: 1 }];
  const sent = await drop({ attachments, body: 'npm i @scope/pkg', thread: 't' });
  const plain = await drop({ file: 'plain.txt', body: 'mail ada@example.org', thread: 't' });
  const { turn } = await begin(1);
  const prompt = (await readText(files, turn.prompt, 1e6))!;
  expect(prompt).toContain(`text as it came: ${inbox.files}/${patch}/fix.patch\n`);
  expect(Buffer.from((await files.read(`${inbox.files}/${patch}/fix.patch`))!).toString()).toBe(body);
  expect(prompt).toContain(`text as it came: ${inbox.files}/${sent}/text-message.txt\n`);
  expect(await readText(files, `${inbox.files}/${sent}/text-message.txt`, 1e6)).toBe('npm i @scope/pkg');
  expect(await files.list(`${inbox.files}/${plain}`)).toEqual([]);
});

describe('the bodies of a turn, together, may fill a quarter of the window', () => {
  const room = (limits.contextWindowTokens / 4) * limits.tokenBytesMin;
  const note = { kind: 'note', from: 'b' } as const;

  test('what has no room is a file beside its message, work before riders; what still has room stands in the prompt', async () => {
    const { context, files, drop, begin } = await createAgentWorld();
    const { inbox } = context.layout;
    const long = `first line\n${'漢'.repeat(room / 4)}`;
    const rider = await drop({ ...note, body: long });
    const work = await drop({ body: long });
    const small = await drop({ ...note, body: 'a small one' });
    const { turn } = await begin(1);
    const prompt = (await readText(files, turn.prompt, 1e9))!;
    expect(prompt.split(long)).toHaveLength(2);
    expect(prompt.indexOf(long)).toBeLessThan(prompt.indexOf(`message: ${rider}`));
    expect(prompt).toContain('\na small one\n');
    expect(prompt).toContain(`text as it came: ${inbox.files}/${rider}/message.txt\nIt has`);
    expect(await readText(files, `${inbox.files}/${rider}/message.txt`, 1e9)).toBe(long);
    for (const id of [work, small]) expect(await files.list(`${inbox.files}/${id}`)).toEqual([]);
    expect(Buffer.byteLength(prompt)).toBeLessThan(room + 16 * 1024);
  });

  test('the window is the one that claude told last; a record without it has the least of all', async () => {
    const body = 'x'.repeat(room + 1);
    for (const [contextWindow, isCut] of [
      [1_000_000, false],
      [200_000, true],
      [undefined, true],
    ] as const) {
      const { context, files, drop, begin, play } = await createAgentWorld();
      await drop();
      const first = await begin(1);
      const modelUsage = contextWindow ? { m: { contextWindow } } : {};
      await play(first.turn, resultLine({ modelUsage }));
      await finishTurn(context, first.turn, { kind: 'started', identity: CHILD });
      expect((await readEnded(files, first.turn))?.session?.contextWindow).toBe(contextWindow);
      await drop({ body });
      const { turn } = await begin(2);
      expect((await readText(files, turn.prompt, 1e9))!.includes(body)).toBe(!isCut);
    }
  });
});

describe('a file in new whose name has an id, and which cannot be believed', () => {
  const other = '00000000-0000-7000-8000-000000000099';
  const head = { id: ID, from: 'b', kind: 'request' as const, at: '2026-01-01T00:00:00.000Z', trace: ID, hops: 0 };
  test.each([
    ['has another id in its head', encodeMessage({ ...head, id: other, body: 'work' })],
    ['has a kind that there is not', encodeMessage({ ...head, body: 'work' }).replace('request', 'order')],
    ['is longer than a message may be', encodeMessage({ ...head, body: 'x'.repeat(limits.recordBytesMax) })],
    [
      'names more keys than anybody reads',
      encodeMessage({ ...head, body: 'x' }).replace(
        'hops',
        `${Array.from({ length: 99_999 }, (_, at) => `k${at}: 1\n`).join('')}hops`,
      ),
    ],
    ['names a file elsewhere', encodeMessage({ ...head, file: '../../../x', body: 'work' })],
  ])('%s: it is dead under its own id, and its sender and the operator are told, once', async (_what, text) => {
    const { context, files } = await createAgentWorld();
    const { inbox } = context.layout;
    const sender = agentLayout(ROOT, 'b');
    files.prepare(sender.home);
    await makeInbox(files, sender.inbox);
    await files.create(sender.definition, '---\ncwd: /\n---\n');
    const name = `1767225600000-${ID}`;
    await files.create(`${inbox.new}/${name}`, text);
    for (let look = 0; look < 3; look++)
      expect(await nextBatch(context, 1, () => false)).toMatchObject({ work: [], riders: [] });
    expect(await files.list(inbox.new)).toEqual([]);
    expect((await files.list(inbox.dead)).sort()).toEqual([name, `${name}.reason`]);
    expect((await readOutcome(files, inbox, ID))?.reason?.length).toBeLessThanOrEqual(limits.reasonCharsMax);
    expect(await readOutcome(files, inbox, ID)).toMatchObject({
      outcome: 'dead',
      reason: expect.stringContaining('not a message'),
    });
    for (const told of [sender.inbox, inboxLayout(`${ROOT}/operator`)]) {
      const [note, ...more] = await files.list(told.new);
      expect(more).toEqual([]);
      const text = (await readText(files, `${told.new}/${note}`, 1e6))!;
      expect(decodeMessage(text, note!)).toMatchObject({ kind: 'note', inReplyTo: [ID], from: AGENT });
    }
  });
});

test.each(['EPERM', 'EACCES'])(
  'a message that can be read and not moved (%s) is left, told of, and holds up no other',
  async code => {
    const { context, files, clock, drop } = await createAgentWorld('batch: thread\n');
    const [stuck, fine] = [await drop({ thread: 't' }), await drop({ thread: 't' })];
    const move = async (from: string, to: string) => {
      if (from.includes(stuck)) throw Object.assign(new Error(code), { code });
      return files.move(from, to);
    };
    const left: LeftDrop[] = [];
    const looking = { ...context, files: { ...files, move }, stuck: new Map(), left };
    const idsNow = async () => (await nextBatch(looking, 1, () => false)).work.map(({ name }) => name.id);
    const batch = await nextBatch(looking, 1, () => false);
    expect(batch.work.map(({ name }) => name.id)).toEqual([stuck, fine]);
    await electTurn(files, context.layout.turns, 1);
    const intent = await prepareTurn(looking, turnLayout(context.layout.turns, 1), batch, null, {
      turnUsd: 2,
      dayUsd: 100,
    });
    expect(intent?.messages.map(({ id }) => id)).toEqual([fine]);
    expect(await idsNow()).toEqual([]);
    expect(left).toMatchObject([{ path: expect.stringContaining(stuck), kind: 'file', errno: code }]);
    await clock.advance(limits.leftRetryMs);
    expect(await idsNow()).toEqual([stuck]);
  },
);

test('the process of a turn is looked for with what its messages may still cost, and what is left of the day', async () => {
  const { context, drop, begin, play } = await createAgentWorld();
  await drop();
  const wishes: ResidentWish[] = [];
  context.claude.residentFor = async wish => {
    wishes.push(wish);
    return null;
  };
  const { turn } = await begin(1);
  const failed = { is_error: true, terminal_reason: 'max_turns', result: 'too many', total_cost_usd: 3.5 };
  await play(turn, resultLine(failed));
  await finishTurn(context, turn, { kind: 'started', identity: CHILD });
  const { intent } = await begin(2);

  expect(intent.perTurnUsd).toBeCloseTo(0.5);
  expect(wishes.map(({ perTurnUsd, dayUsd }) => [perTurnUsd, dayUsd])).toEqual([
    [2, 100],
    [expect.closeTo(0.5), 100],
  ]);
});
