// A call that waits for a person while no process does, on a disk in memory: the card, the hold, and the one turn that takes the answer.
import { beforeEach, expect, test } from 'vitest';
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardIds, endCard, openCards } from '#blackboard/cards/cards.ts';
import { withdrawCards } from '#blackboard/cards/close-card.ts';
import { cardPaths, inboxLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { takeDecision } from '#runner/turn/deferral.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { holdOf } from '#runner/turn/gates/gates.ts';
import {
  type AgentWorld,
  CHILD,
  createAgentWorld,
  ROOT,
  resultLine,
  transcriptOf,
} from '#test/unit/runner/agent-world.ts';

const CALL = { id: 'toolu_1', name: 'Bash', input: { command: 'git push' } };
const started = { kind: 'started', identity: CHILD } as const;
let world: AgentWorld;
let id: string;
beforeEach(async () => {
  world = await createAgentWorld("deferFor: ['Bash(git push *)']\napprovalTimeout: 24h\n");
  id = await world.drop();
});

/** Turn `number` ends with that call. */
async function plays(number: number, result: object = { terminal_reason: 'tool_deferred', deferred_tool_use: CALL }) {
  const { turn, intent } = await world.begin(number);
  const prompt = (await readText(world.files, turn.prompt, 1e6))!;
  world.sessions.set(intent.sessionId, (world.sessions.get(intent.sessionId) ?? '') + transcriptOf(prompt));
  const init = { type: 'system', subtype: 'init', session_id: intent.sessionId, model: 'm', capabilities: [] };
  await world.play(turn, `${JSON.stringify(init)}\n${resultLine({ result: '', ...result })}`);
  return turn;
}
const defers = async (number = 1): Promise<Ended> => finishTurn(world.context, await plays(number), started);
const cards = (): Promise<Card[]> => openCards(world.files, ROOT, world.clock.nowMs());
const answers = async (end: Partial<CardEnd> = { kind: 'allowed', always: false }) => {
  const [card] = await cards();
  await endCard(world.files, ROOT, card!.id, { at: '', by: 'operator', reason: 'no', ...end } as CardEnd);
  return card!;
};
const hold = (previous: Ended) =>
  holdOf(world.context, previous, { spending: createSpendingReader(world.files, ROOT), fleetPerDayUsd: 9 });
const decisionIn = (turn: TurnLayout) => readText(world.files, turn.decided, 10_000);
const promptOf = async (turn: TurnLayout) => (await readText(world.files, turn.prompt, 1e6))!;

test('the turn ends with a card, the message waits, and so does the agent until the card has ended', async () => {
  const ended = await defers();
  const [card] = await cards();
  expect(ended).toMatchObject({
    verdict: { kind: 'deferred' },
    messages: [{ disposition: { do: 'release' } }],
    deferred: { card: card!.id, call: 'toolu_1', tool: 'Bash', messages: [id] },
  });
  expect(card).toMatchObject({ kind: 'permission', message: id, tool: 'Bash', turn: 1 });
  const untilMs = world.clock.nowMs() + 24 * 3_600_000;
  const held = (await hold(ended))!;
  expect(held).toMatchObject({ reason: expect.stringContaining('asking you'), untilMs, passes: false });
  expect(await held.isOver!()).toBe(false);
  await answers();
  expect(await held.isOver!()).toBe(true);
  expect(await hold(ended)).toBeNull();
});

test('the next turn takes the answer by one record, goes to that message first, and says what was decided', async () => {
  await defers();
  await world.drop({ priority: 'high' });
  const card = await answers();
  const { turn, intent } = await world.begin(2);
  expect(intent.messages.map(each => [each.id, each.mode])).toEqual([[id, 'interrupted']]);
  expect(intent.decided).toMatchObject({ card: card.id });
  expect(await readRecord(world.files, cardPaths(ROOT, card.id).used)).toMatchObject({ turn: 2, call: 'toolu_1' });
  expect(await decisionIn(turn)).toMatch(/^toolu_1\n.*"permissionDecision":"allow"/);
  expect(await promptOf(turn)).toContain('has allowed your call of Bash');
  expect(await promptOf(turn)).not.toContain('was technical');
});

test.each<[string, Partial<CardEnd>, string]>([
  ['denied', { kind: 'denied', reason: 'not today' }, 'not today'],
  ['withdrawn', { kind: 'withdrawn', reason: 'taken back' }, 'taken back'],
])('%s: the call is, with the reason', async (_, end, words) => {
  await defers();
  await answers(end);
  const { turn } = await world.begin(2);
  expect(await decisionIn(turn)).toContain('"permissionDecision":"deny"');
  expect(await decisionIn(turn)).toContain(words);
});

test('nobody answers: it is denied, after its time, and told', async () => {
  const ended = await defers();
  await world.clock.advance(24 * 3_600_000);
  expect(await hold(ended)).toBeNull();
  const { turn } = await world.begin(2);
  expect(await decisionIn(turn)).toContain('Nobody answered in time');
  expect(await promptOf(turn)).toContain('Nobody answered in time');
  expect(await readRecord(world.files, cardPaths(ROOT, ended.deferred!.card).end)).toMatchObject({ kind: 'expired' });
});

test('a person who answers in the last moment, and is told that it counts, is obeyed', async () => {
  const ended = await defers();
  const [card] = await cards();
  await world.clock.advance(24 * 3_600_000);
  const paths = cardPaths(ROOT, card!.id);
  const read: Files['read'] = async (path, part) => {
    const found = await world.files.read(path, part);
    if (path === paths.end && found === null)
      await endCard(world.files, ROOT, card!.id, { kind: 'allowed', at: '', by: 'operator', always: false });
    return found;
  };
  const files = new Proxy<Files>(world.files, {
    get: (own, name: keyof Files) => (name === 'read' ? read : own[name]),
  });
  const turn = turnLayout(world.context.layout.turns, 2);
  await world.files.makeDirectory(turn.home);
  const session = { id: ended.deferred!.sessionId, resume: true };
  await takeDecision({ ...world.context, files }, turn, ended, session);
  expect(await decisionIn(turn)).toContain('"permissionDecision":"allow"');
});

test('a turn whose claude never began leaves the call where it is, also where a person has cancelled that turn', async () => {
  await defers();
  await answers();
  const { turn, intent } = await world.begin(2);
  expect(intent.held).toEqual({ call: 'toolu_1', tool: 'Bash' });
  await world.files.create(turn.stop, `${JSON.stringify({ reason: 'cancelled', by: 'operator', at: '' })}\n`);
  const ended = await finishTurn(world.context, turn, { kind: 'sealed' });
  expect(ended).toMatchObject({ verdict: { kind: 'cancelled' }, deferred: { call: 'toolu_1' } });
});

test('a turn about a signal alone takes no yes: the call does not run in it, and the yes stays', async () => {
  const ended = await defers();
  const card = await answers();
  const turn = turnLayout(world.context.layout.turns, 2);
  await world.files.makeDirectory(turn.home);
  await takeDecision(world.context, turn, ended, { id: ended.deferred!.sessionId, resume: true }, true);
  expect(await decisionIn(turn)).toContain('"permissionDecision":"deny"');
  expect(await world.files.facts(cardPaths(ROOT, card.id).used)).toBeNull();
});

test('a call that was allowed does not run in a turn about something else, when its own message was cancelled meanwhile', async () => {
  await defers();
  const card = await answers();
  for (const name of await world.files.list(world.context.layout.inbox.new))
    await world.files.remove(`${world.context.layout.inbox.new}/${name}`);
  await world.drop();
  const { turn, intent } = await world.begin(2);
  expect(await decisionIn(turn)).toContain('"permissionDecision":"deny"');
  expect(intent.decided).toBeUndefined();
  expect(await world.files.facts(cardPaths(ROOT, card.id).used)).toBeNull();
});

test('an answer is taken once: a turn that dies with it leaves none to the next, which asks anew', async () => {
  await defers();
  await answers();
  const { turn } = await world.begin(2);
  const died = await finishTurn(world.context, turn, { kind: 'sealed' });
  expect(died).toMatchObject({ verdict: { kind: 'void' }, deferred: { call: 'toolu_1' } });
  const { turn: next, intent } = await world.begin(3);
  expect(intent.decided).toBeUndefined();
  expect(await decisionIn(next)).toBeNull();
});

test('it is not taken for another conversation', async () => {
  const { deferred } = await defers();
  const card = await answers();
  world.sessions.delete(deferred!.sessionId);
  const { intent } = await world.begin(2);
  expect([intent.resume, intent.decided]).toEqual([false, undefined]);
  expect(await world.files.facts(cardPaths(ROOT, card.id).used)).toBeNull();
});

test('a turn that answers is the end of it', async () => {
  await defers();
  await answers();
  const turn = await plays(2, { result: 'pushed' });
  const ended = await finishTurn(world.context, turn, started);
  expect([ended.verdict.kind, ended.deferred]).toEqual(['answered', undefined]);
});

test('the message is cancelled meanwhile: the agent goes on with the next one, and the call is denied', async () => {
  const ended = await defers();
  const context = { files: world.files, root: ROOT, clock: world.clock };
  await withdrawCards(context, ({ message }) => message === id, 'its message was cancelled');
  for (const name of await world.files.list(world.context.layout.inbox.new))
    await world.files.remove(`${world.context.layout.inbox.new}/${name}`);
  expect(await hold(ended)).toBeNull();
  await world.drop();
  const { turn } = await world.begin(2);
  expect(await decisionIn(turn)).toContain('its message was cancelled');
});

test('stopped before every effect and tried again: one card, one note, and a decision that names it', async () => {
  for (let effects = 0; ; effects++) {
    world = await createAgentWorld("deferFor: ['Bash(git push *)']\n");
    id = await world.drop();
    const turn = await plays(1);
    let left = effects;
    const stopping = new Proxy<Files>(world.files, {
      get: (target, name: keyof Files) => {
        const isRead = ['list', 'facts', 'read', 'obstacle', 'openForWriting'].includes(name);
        return async (...given: never[]) => {
          if (!isRead && left-- <= 0) throw new Error('stopped');
          return (target[name] as (...all: never[]) => unknown).apply(target, given);
        };
      },
    });
    const stopped = await finishTurn({ ...world.context, files: stopping }, turn, started).then(
      () => false,
      () => true,
    );
    const ended = await finishTurn(world.context, turn, started);
    expect(await cardIds(world.files, ROOT), `after ${effects} effects`).toEqual([ended.deferred!.card]);
    expect(await world.files.list(inboxLayout(`${ROOT}/operator`).new)).toHaveLength(1);
    expect(await world.files.list(world.context.layout.inbox.new)).toHaveLength(1);
    if (!stopped) return;
    expect(effects).toBeLessThan(200);
  }
});

test('without the record of its use an answer would serve every turn (control)', async () => {
  await defers();
  const card = await answers();
  const previous = await previousEnded(world.context, 2);
  const session = { id: previous!.deferred!.sessionId, resume: true };
  const taken = async (number: number) => {
    const turn = turnLayout(world.context.layout.turns, number);
    await world.files.makeDirectory(turn.home);
    return takeDecision(world.context, turn, previous, session);
  };
  expect(await taken(2)).toBeDefined();
  expect(await taken(3)).toBeUndefined();
  await world.files.remove(cardPaths(ROOT, card.id).used);
  expect(await taken(4)).toBeDefined();
});
