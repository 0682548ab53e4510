import { beforeEach, expect, test } from 'vitest';
import type { CardEnd } from '#blackboard/cards/card.ts';
import { endCard, openCards, readCard, waitingCards } from '#blackboard/cards/cards.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { cardPaths, inboxLayout, sessionLayout } from '#blackboard/layout.ts';
import type { SessionPeer, StatusOf } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';
import { permissionCard } from '#hooks/session/permission-card.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';

const ROOT = '/r';
const ID = '963bf434-039c-4310-b9b7-061eef298631';
const self = selfIdentity();
let files: MemoryFiles;
let nowMs: number;
/** What happens while the hook sleeps, once for each time. */
let meanwhile: (() => unknown)[];
let status: 'waiting' | 'busy' | null;
beforeEach(async () => {
  nowMs = Date.parse('2026-11-30T12:00:00Z');
  meanwhile = [];
  status = null;
  files = createMemoryFiles(() => nowMs);
  files.prepare(ROOT, `${ROOT}/operator`, `${ROOT}/sessions/${ID}`);
  await makeInbox(files, inboxLayout(`${ROOT}/operator`));
  const peer: Partial<SessionPeer> = { id: ID, name: 'work', process: self, configDir: '/c' };
  await writeRecord(files, sessionLayout(ROOT, ID).peer, peer);
});

const statusOf: StatusOf = async () => (status === null ? null : { word: status, detail: null });
const ending = new AbortController();
function asks(changes: Partial<HookContext> = {}, call: object = { tool: 'Bash', input: { command: 'touch a' } }) {
  const hook = {
    ...{ files, root: ROOT, self, rootOption: '', afterwards: [], begunMs: 0, ending: ending.signal },
    layout: sessionLayout(ROOT, ID),
    env: { CLAUDE_CODE_SESSION_ATTENDED: '1' },
    note: async () => {},
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
        await meanwhile.shift()?.();
      },
    },
    event: { sessionId: ID, cwd: '/', transcript: null, promptId: 'p', call },
    ...changes,
  };
  return permissionCard(hook as unknown as HookContext, statusOf);
}
const answers = (end: Partial<CardEnd>) => async () => {
  const [card] = await openCards(files, ROOT, nowMs);
  await endCard(files, ROOT, card!.id, { at: '', by: 'operator', ...end } as CardEnd);
};
const onlyEnd = async () => {
  const [name] = (await files.list(`${ROOT}/cards`)).filter(each => !each.includes('.'));
  return (await readCard(files, ROOT, name!, nowMs))?.end?.kind;
};

test('an answer to the card is the session’s, taken by one record', async () => {
  meanwhile = [() => {}, answers({ kind: 'allowed', always: false })];
  expect(await asks()).toEqual({ behavior: 'allow' });
  const [id] = (await files.list(`${ROOT}/cards`)).filter(each => !each.includes('.'));
  expect(await files.facts(cardPaths(ROOT, id!).used)).not.toBeNull();
  meanwhile = [answers({ kind: 'denied', reason: 'not here' })];
  expect(await asks()).toEqual({ behavior: 'deny', message: 'not here' });
});

test('nobody answers: it says nothing, well before claude would end it', async () => {
  const begunMs = nowMs;
  expect(await asks()).toBeNull();
  expect(await onlyEnd()).toBe('expired');
  expect(nowMs - begunMs).toBeLessThan(limits.cardHookSeconds * 1_000);
  expect(nowMs - begunMs).toBeGreaterThanOrEqual(limits.approvalTimeoutMs);
});

test('the person answers in the session: the card is withdrawn, and nothing is said', async () => {
  const turns = (word: typeof status) => () => {
    status = word;
  };
  meanwhile = [turns('busy'), turns('waiting'), turns('busy')];
  expect(await asks()).toBeNull();
  expect(await onlyEnd()).toBe('withdrawn');
});

test('the person answers in the session before anybody looked: the card does not outlast that by minutes', async () => {
  const begunMs = nowMs;
  status = 'busy';
  expect(await asks()).toBeNull();
  expect(await onlyEnd()).toBe('withdrawn');
  expect(nowMs - begunMs).toBeLessThan(limits.approvalTimeoutMs / 10);
});

test('claude ends the hook: the card is withdrawn', async () => {
  const end = new AbortController();
  meanwhile = [() => end.abort()];
  expect(await asks({ ending: end.signal })).toBeNull();
  expect(await onlyEnd()).toBe('withdrawn');
});

test('the session’s process is gone: the card is withdrawn', async () => {
  const peer = { id: ID, name: 'work', process: { ...self, startTime: '1' }, configDir: '/c' };
  await files.remove(sessionLayout(ROOT, ID).peer);
  await writeRecord(files, sessionLayout(ROOT, ID).peer, peer);
  expect(await asks()).toBeNull();
  expect(await onlyEnd()).toBe('withdrawn');
});

test.each<[string, Partial<HookContext>, object?]>([
  ['a session that nobody sits at', { env: {} }],
  ['a question with choices', {}, { tool: 'AskUserQuestion', input: {} }],
  ['a plan', {}, { tool: 'ExitPlanMode', input: {} }],
  ['an event without a call', { event: { sessionId: ID, call: null } as never }],
])('%s is no card', async (_, changes, call) => {
  expect(await asks(changes, call)).toBeNull();
  expect(await waitingCards(files, ROOT)).toEqual([]);
});

test('a session that is no peer asks nobody else', async () => {
  await files.remove(sessionLayout(ROOT, ID).peer);
  expect(await asks()).toBeNull();
  expect(await waitingCards(files, ROOT)).toEqual([]);
});
