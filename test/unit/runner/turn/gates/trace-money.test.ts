// Money is inherited: what a message causes counts against what the message that began it may cost.
import { expect, test } from 'vitest';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout } from '#blackboard/layout.ts';
import { leastBudget } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { agentKind } from '#blackboard/peers/agent.ts';
import { beginLife } from '#blackboard/peers/agent-life.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSpendingReader, recordCost } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { costReport } from '#runner/status/cost-report.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { createTraceMoney } from '#runner/turn/gates/trace-money.ts';
import { nextBatch } from '#runner/turn/plan.ts';
import { addressLetter, deliverLetter, type Letter } from '#runner/verbs/outgoing.ts';
import { replyAs } from '#runner/verbs/reply-kind.ts';
import { AGENT, CHILD, createAgentWorld, ROOT, resultLine } from '#test/unit/runner/agent-world.ts';

const started = { kind: 'started', identity: CHILD } as const;
const operator = inboxLayout(`${ROOT}/operator`);

/** An agent whose chains of messages have a budget in config.yaml, or none. */
async function world(perTraceUsd?: number) {
  const made = await createAgentWorld();
  const context = { ...made.context, traceMoney: createTraceMoney(made.files, ROOT, made.clock, perTraceUsd) };
  Object.assign(made.context, context);
  return made;
}
type World = Awaited<ReturnType<typeof world>>;

/** The next turn, at this cost: claude does not know the conversation of the one before. */
async function turnTo({ begin, play, context }: World, number: number, usd: number) {
  const { turn, intent } = await begin(number);
  await play(turn, resultLine({ total_cost_usd: usd }));
  await finishTurn(context, turn, started);
  return intent;
}
const work = async ({ context }: World) =>
  (await nextBatch(context, 9, () => false)).work.map(({ message }) => message.id);
const messageIn = async ({ files }: World, path: string) => readOwnMessage((await readText(files, path, 9_999))!)!;
const notesTo = async (of: World) =>
  Promise.all((await of.files.list(operator.ids)).map(id => messageIn(of, `${operator.ids}/${id}`)));

test('a chain that has used up its budget goes no further: what would start a turn dies, and its sender is told what was spent where', async () => {
  const of = await world(0.5);
  const root = await of.drop();
  await turnTo(of, 1, 0.3);
  const second = await of.drop({ trace: root });
  expect((await turnTo(of, 2, 0.3)).perTurnUsd, 'no more than is left').toBeCloseTo(0.2);
  const third = await of.drop({ trace: root });
  const rider = await of.drop({ trace: root, kind: 'note' });
  const other = await of.drop();
  expect(await work(of)).toEqual([other]);
  const { inbox } = of.context.layout;
  expect(await readOutcome(of.files, inbox, second)).toMatchObject({ outcome: 'replied' });
  const reason = expect.stringContaining(`has cost $0.60 of $0.50 (perTraceUsd in config.yaml, send --budget-usd)`);
  expect(await readOutcome(of.files, inbox, third)).toMatchObject({ outcome: 'dead', reason });
  expect(await readOutcome(of.files, inbox, rider)).toBeNull();
  const told = (await notesTo(of)).find(({ inReplyTo }) => inReplyTo?.includes(third));
  expect(told!.body).toContain(`agent-runner costs --trace ${root.slice(-8)}`);
});

test('control: without a budget the same chain goes on', async () => {
  const of = await world();
  const root = await of.drop();
  await turnTo(of, 1, 0.6);
  const second = await of.drop({ trace: root });
  expect(await work(of)).toEqual([second]);
});

test('the message’s own budget bounds what it causes, in the reply, too, and the lesser of two counts', async () => {
  const of = await world(5);
  const root = await of.drop({ budgetUsd: 0.25 });
  expect((await turnTo(of, 1, 0.3)).messages).toMatchObject([{ trace: root, budgetUsd: 0.25 }]);
  const [reply] = await notesTo(of);
  expect(reply).toMatchObject({ kind: 'answer', trace: root, budgetUsd: 0.25 });
  const second = await of.drop({ trace: root, budgetUsd: reply!.budgetUsd });
  const unbounded = await of.drop({ trace: root });
  expect(await work(of)).toEqual([unbounded]);
  expect(await readOutcome(of.files, of.context.layout.inbox, second)).toMatchObject({ outcome: 'dead' });
  expect(leastBudget(undefined, 3, 0.5, '0.1', -1, Number.NaN)).toBe(0.5);
  expect(leastBudget(undefined)).toBeUndefined();
});

test('in a turn, --budget-usd can only lower what is inherited', async () => {
  const { files, context } = await createAgentWorld();
  await beginLife(files, context.layout.home);
  const sent = async (inherited: number | undefined, budgetUsd: number | undefined) => {
    const letter: Letter = { to: AGENT, text: 'x', files: [], cwd: '/', kind: 'request', budgetUsd };
    const to = await addressLetter(files, ROOT, {}, letter, 0);
    const sender = { ...to.sender, budgetUsd: inherited };
    await deliverLetter(files, letter, { ...to, sender }, { kind: 'body', text: 'x' });
    return readOwnMessage((await readText(files, `${agentLayout(ROOT, AGENT).inbox.ids}/${to.id}`, 9_999))!)!.budgetUsd;
  };
  expect(await sent(undefined, 5)).toBe(5);
  expect(await sent(2, 5)).toBe(2);
  expect(await sent(2, 0.5)).toBe(0.5);
  expect(await sent(2, undefined)).toBe(2);
  expect(await sent(undefined, undefined)).toBeUndefined();
});

test('a turn’s certain cost is shared by the chains it worked on, once however often it is finished, over some days', async () => {
  const { files, clock } = await world();
  const ended = (turn: number, usd: number, nowMs: number) =>
    ({ turn, costUsd: usd + 1, blamedUsd: usd, at: String(nowMs), day: localDay(nowMs) }) as Ended;
  const now = clock.nowMs();
  const yesterday = now - 86_400_000;
  for (const _twice of [1, 2]) await recordCost(files, ROOT, 'a', ended(1, 0.4, yesterday), ['t', 't', 'u']);
  await recordCost(files, ROOT, 'b', ended(1, 1, now), ['t']);
  await recordCost(files, ROOT, 'b', ended(2, 1, now));
  const money = createTraceMoney(files, ROOT, clock, 2);
  expect(await money({ trace: 't' })).toEqual({ budgetUsd: 2, spentUsd: 1.2 });
  expect(await money({ trace: 'u', budgetUsd: 1 })).toEqual({ budgetUsd: 1, spentUsd: 0.2 });
  expect(await createTraceMoney(files, ROOT, clock, undefined)({ trace: 't' })).toBeNull();
  const read = createSpendingReader(files, ROOT);
  const days = [localDay(yesterday), localDay(now)];
  const all = await Promise.all(days.map(async day => [day, await read(day)] as const));
  const report = costReport(all, { by: 'agent', from: days[0]!, today: days[1]!, trace: 't' });
  expect(report).toMatchObject({
    totalUsd: 1.2,
    turns: 2,
    rows: [
      { name: 'b', usd: 1, turns: 1 },
      { name: 'a', usd: 0.2, turns: 1 },
    ],
  });
});

test('two that are polite to each other for ever are soon two that get an answer, which starts nothing', () => {
  let hops = 0;
  const kinds: string[] = [];
  for (let said = 0; said < 4 * limits.hopsMax; said++) {
    const [from, to] = said % 2 === 0 ? [sessionKind, agentKind] : [agentKind, sessionKind];
    const reply = replyAs({ from, to, isAwaited: false, hops });
    hops = reply.hops;
    if (to === agentKind) kinds.push(reply.kind);
  }
  expect(kinds.lastIndexOf('request')).toBeLessThan(limits.hopsMax);
  expect(replyAs({ from: sessionKind, to: sessionKind, isAwaited: false, hops: 0 }).kind).toBe('answer');
});
