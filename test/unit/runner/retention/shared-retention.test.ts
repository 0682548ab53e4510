import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ack } from '#blackboard/inbox/claim.ts';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, type Inbox, inboxLayout, rootLayout, sessionLayout, turnLayout } from '#blackboard/layout.ts';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { neededSegment, sweepShared } from '#runner/retention/shared-retention.ts';

const files = createRunnerFiles();
const FUTURE = Date.now() + 86_400_000;
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-shared-'));
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

async function session(number: number, cursor: string, startTime = selfIdentity().startTime) {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  await registerSession(files, root, {
    id,
    cwd: '/src',
    branch: null,
    process: { ...selfIdentity(), startTime },
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
  });
  writeFileSync(sessionLayout(root, id).cursor, `${cursor}\n`);
}

function agent(name: string, cursors: (string | null)[]): void {
  const { home, definition, turns } = agentLayout(root, name);
  mkdirSync(turns, { recursive: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(definition, 'x');
  for (const [index, board] of cursors.entries()) {
    const turn = turnLayout(turns, index + 1);
    mkdirSync(turn.home);
    if (board !== 'open') writeFileSync(turn.ended, JSON.stringify({ board }));
  }
}

test('the board is kept from the segment on that an agent or a living session has not read', async () => {
  expect(await neededSegment(files, root, FUTURE)).toBe(Number.POSITIVE_INFINITY);
  await session(1, '7:100');
  expect(await neededSegment(files, root, FUTURE)).toBe(7);
  agent('a', ['3:1', '5:9', 'open']);
  expect(await neededSegment(files, root, FUTURE), 'its newest decision').toBe(5);
  agent('new', [null]);
  expect(await neededSegment(files, root, FUTURE)).toBe(5);
});

test('where a place cannot be read, what may still be unread is kept: from the place before it, or from the beginning', async () => {
  await session(1, '7:100');
  agent('a', ['3:1', 'garbage', 'open']);
  expect(await neededSegment(files, root, FUTURE)).toBe(3);
  await session(2, '');
  expect(await neededSegment(files, root, FUTURE)).toBe(1);
});

test('a session that is over holds nothing back, unless it was active since', async () => {
  await session(1, '7:100');
  await session(2, '2:0', '1');
  expect(await neededSegment(files, root, FUTURE)).toBe(7);
  expect(await neededSegment(files, root, Date.now() - 60_000)).toBe(2);
});

test('old messages that are done go from the inboxes of the operator and of a session that lives; unread ones never do', async () => {
  await session(1, '7:100');
  const DAY_MS = 86_400_000;
  const inboxes = [
    inboxLayout(rootLayout(root).operator),
    sessionLayout(root, '00000000-0000-4000-8000-000000000001').inbox,
  ];
  const message = async (inbox: Inbox, number: number, daysAgo: number, isDone: boolean) => {
    const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
    const atMs = Date.now() - daysAgo * DAY_MS;
    const at = new Date(atMs).toISOString();
    await deliver(files, inbox, { id, from: 'a', kind: 'answer', at, trace: id, hops: 0, body: 'b' });
    const name = freshName(atMs, id);
    if (isDone) await ack(files, inbox, join(inbox.new, formatMessageName(name)), name, atMs);
    utimesSync(join(inbox.ids, id), atMs / 1000, atMs / 1000);
  };
  for (const inbox of inboxes) {
    await makeInbox(files, inbox);
    await message(inbox, 1, 40, true);
    await message(inbox, 2, 40, false);
    await message(inbox, 3, 20, true);
  }
  for await (const _step of sweepShared(files, root, { days: 30, doneBytes: 1e9 }, Date.now()));
  for (const inbox of inboxes) {
    const numbers = async (directory: string) =>
      (await files.list(directory)).map(name => Number(/(\d{12})(,|$)/.exec(name)?.[1]));
    expect((await numbers(inbox.ids)).sort()).toEqual([2, 3]);
    expect(await numbers(inbox.new)).toEqual([2]);
    expect(await files.list(inbox.done)).toHaveLength(1);
  }
});

test.each([
  ['over', '1', 'dead'],
  ['alive', selfIdentity().startTime, undefined],
])('what expired in the inbox of a session that is %s', async (_what, startTime, outcome) => {
  await session(1, '7:100', startTime);
  const { inbox } = sessionLayout(root, '00000000-0000-4000-8000-000000000001');
  await makeInbox(files, inbox);
  const at = new Date().toISOString();
  const head = { from: 'operator', kind: 'request', at, trace: 't', hops: 0, body: 'b' } as const;
  const expired = { ...head, id: newId(1), expiresAt: new Date(Date.now() - 1000).toISOString() };
  const waiting = { ...head, id: newId(2) };
  for (const message of [expired, waiting]) await deliver(files, inbox, message);
  for (let times = 0; times < 2; times++)
    for await (const _ of sweepShared(files, root, { days: 30, doneBytes: 1e9 }, Date.now()));
  expect((await readOutcome(files, inbox, expired.id))?.outcome, 'its hooks do it while it lives').toBe(outcome);
  expect(await readOutcome(files, inbox, waiting.id)).toBeNull();
  const told = await files.list(inboxLayout(rootLayout(root).operator).new);
  expect(told, 'the sender is told once').toHaveLength(outcome ? 1 : 0);
});

test('a long text that went into a pane as a file is kept for its days, and no longer', async () => {
  const { typed } = rootLayout(root);
  mkdirSync(typed);
  for (const name of ['old.txt', 'new.txt']) writeFileSync(join(typed, name), 'x');
  const DAYS = 3;
  const ago = new Date(Date.now() - (DAYS + 1) * 86_400_000);
  utimesSync(join(typed, 'old.txt'), ago, ago);
  for await (const _ of sweepShared(files, root, { days: DAYS, doneBytes: 1_000 }, Date.now()));
  expect(await files.list(typed)).toEqual(['new.txt']);
});
