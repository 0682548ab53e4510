import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createOperatorService } from '#runner/fleet/operator-service.ts';
import { noEvents } from '#test/support/events-in.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

const root = '/root';
const inbox = inboxLayout(`${root}/operator`);
let clock: FakeClock;
let files: MemoryFiles;
let errors: unknown[];
let end: () => Promise<void>;
beforeEach(async () => {
  clock = createFakeClock();
  files = createMemoryFiles(clock.nowMs);
  files.prepare(`${root}/operator`);
  await makeInbox(files, inbox);
  errors = [];
});
afterEach(async () => {
  await end();
  expect(errors).toEqual([]);
});

function service() {
  const made = createOperatorService({
    files,
    root,
    clock,
    events: noEvents,
    onError: error => errors.push(error),
    onWell: () => {},
  });
  made.start();
  end = () => made[Symbol.asyncDispose]();
  return made;
}

const message = (changes: object = {}) => {
  const id = newId(clock.nowMs());
  const at = new Date(clock.nowMs()).toISOString();
  return { id, from: 'worker', kind: 'note' as const, at, trace: id, hops: 0, body: 'hello', ...changes };
};
const unread = async () => (await files.list(inbox.new)).map(name => parseMessageName(name)?.id);

it('gives the operator what was for later when it is due, also what came while it slept', async () => {
  const { hint } = service();
  const late = message({ notBefore: new Date(clock.nowMs() + 30_000).toISOString() });
  await deliver(files, inbox, late);
  hint();
  await clock.advance(29_999);
  expect(await unread()).toEqual([]);
  await clock.advance(1);
  expect(await unread()).toEqual([late.id]);
});

it('finishes a delivery that died between id and place, when its producer must have given up', async () => {
  const note = message();
  const dying = { ...files, move: () => Promise.reject(Object.assign(new Error('EMFILE'), { code: 'EMFILE' })) };
  await expect(deliver(dying, inbox, note)).rejects.toThrow('EMFILE');
  service();
  await clock.advance(0);
  expect(await unread()).toEqual([]);
  await clock.advance(limits.unplacedRestMs + limits.slowLookMs);
  expect(await unread()).toEqual([note.id]);
  expect(await files.list(inbox.tmp)).toEqual([]);
});

it('takes what is dropped there, once it has rested', async () => {
  const { hint } = service();
  await files.append(`${inbox.inbox}/remember.txt`, 'water the plants');
  hint();
  await vi.waitFor(
    async () => {
      await clock.advance(limits.dropLookMs);
      expect(await unread()).toHaveLength(1);
    },
    { timeout: 20_000, interval: 5 },
  );
  expect(await files.list(inbox.inbox)).not.toContain('remember.txt');
});

it('tells once of a drop that is held back, and why', async () => {
  const { hint } = service();
  await files.append(`${inbox.inbox}/plan.md`, '---\nnotBefore: whenever\n---\nwater the plants');
  hint();
  await vi.waitFor(
    async () => {
      await clock.advance(limits.dropLookMs);
      expect(await unread()).toHaveLength(1);
    },
    { timeout: 20_000, interval: 5 },
  );
  const [note] = await files.list(inbox.new);
  expect(new TextDecoder().decode((await files.read(`${inbox.new}/${note}`))!)).toMatch(
    /"plan\.md", dropped for you, is dead: expected notBefore .* got "whenever".*dead show/s,
  );
  hint();
  await clock.advance(limits.slowLookMs);
  expect(await unread()).toHaveLength(1);
});

it.each(['no death', 'a death before the rename', 'a death after the rename'])(
  'what is no message is dead under its id, who sent it and the operator are told once: %s',
  async how => {
    const worker = agentLayout(root, 'worker');
    files.prepare(worker.home);
    await files.create(worker.definition, '---\n---\n');
    await makeInbox(files, worker.inbox);
    const { id } = message();
    const entry = `${clock.nowMs()}-${id}`;
    await files.create(join(inbox.new, entry), '---\nfrom: "worker"\nkind: ?\n---\nNO MESSAGE');
    if (how.endsWith('before the rename')) await files.create(join(inbox.dead, `${entry}.reason`), 'no message\n');
    if (how.endsWith('after the rename')) await files.move(join(inbox.new, entry), join(inbox.dead, entry));
    const { hint } = service();
    await clock.advance(0);
    await clock.advance(limits.slowLookMs);
    hint();
    await clock.advance(1);
    expect(await files.list(inbox.dead)).toContain(entry);
    const reason = expect.stringMatching(/no message|is not a message|kind/);
    expect(await readOutcome(files, inbox, id)).toMatchObject({ id, outcome: 'dead', reason });
    for (const told of [inbox, worker.inbox]) {
      const notes = files.dump().filter(([path]) => path.startsWith(`${told.new}/`));
      expect(notes.map(([, text]) => text)).toEqual([expect.stringContaining(`inReplyTo: ["${id}"]`)]);
    }
  },
);
