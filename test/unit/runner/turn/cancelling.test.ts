import { join } from 'node:path';
import { expect, test } from 'vitest';
import { raiseCard, waitingCards } from '#blackboard/cards/cards.ts';
import { claim } from '#blackboard/inbox/claim.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { closeTurn, readStop } from '#blackboard/turns/turns.ts';
import { type Canceller, cancelMessage, cancelTurn } from '#runner/turn/cancelling.ts';
import { AGENT, type AgentWorld, createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

const { inbox } = agentLayout(ROOT, AGENT);
const operator = inboxLayout(`${ROOT}/operator`);

const by = (world: AgentWorld, changes: Partial<Canceller> = {}): Canceller => ({
  files: world.files,
  root: ROOT,
  clock: world.clock,
  by: 'b',
  isRun: async () => false,
  ...changes,
});
const known = (id: string) => ({ peer: AGENT, inbox, id });

test('a cancellation that dies at any effect is finished by the next one, and told once', async () => {
  let step = 0;
  for (; ; step++) {
    const world = await createAgentWorld();
    const id = await world.drop();
    let left = step;
    const dying = Object.fromEntries(
      (['create', 'link', 'move', 'remove'] as const).map(name => [
        name,
        async (...args: never[]) => {
          if (left-- === 0) throw new Error('died');
          return (world.files[name] as (...all: never[]) => unknown)(...args);
        },
      ]),
    );
    const died = await cancelMessage(by(world, { files: { ...world.files, ...dying } as Files }), known(id)).then(
      () => false,
      () => true,
    );
    expect(await cancelMessage(by(world), known(id)), `step ${step}`).toEqual({ kind: 'dead' });
    expect(await locate(world.files, inbox, id)).toMatchObject({ state: 'dead' });
    expect(await readOutcome(world.files, inbox, id)).toMatchObject({ outcome: 'dead', reason: 'cancelled by b' });
    expect(await world.files.list(operator.new)).toHaveLength(1);
    if (!died) break;
  }
  expect(step).toBeGreaterThan(8);
});

test('a question that an interrupted turn left about the message is withdrawn with it', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  const at = new Date(world.clock.nowMs()).toISOString();
  const untilAt = new Date(world.clock.nowMs() + 60_000).toISOString();
  const asked = { kind: 'permission' as const, peer: AGENT, life: '', turn: 1, tool: 'Bash', arguments: {} };
  const raise = (message: string) =>
    raiseCard(world.files, ROOT, { ...asked, message, reason: null, rules: [], questions: [], at, untilAt });
  await raise(id);
  const other = await raise('another');
  await cancelMessage(by(world), known(id));
  expect((await waitingCards(world.files, ROOT)).map(card => card.id)).toEqual([other.card.id]);
  // As after a death between the message's outcome and that: who cancels again withdraws it.
  await raise(id);
  await cancelMessage(by(world), known(id));
  expect((await waitingCards(world.files, ROOT)).map(card => card.id)).toEqual([other.card.id]);
});

test('a message that is claimed between the look and the rename is looked for again', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  let claimed = false;
  const files: Files = {
    ...world.files,
    async move(from, to) {
      if (!claimed) {
        claimed = true;
        await world.begin(1);
      }
      return world.files.move(from, to);
    },
  };
  const cancelled = cancelMessage(by(world, { files }), known(id));
  let isOver = false;
  void cancelled.then(() => {
    isOver = true;
  });
  while (!isOver) await world.clock.advance(25);
  expect(await cancelled).toEqual({ kind: 'stopped', turn: 1, hasRunner: false });
  const stop = await readStop(world.files, turnLayout(agentLayout(ROOT, AGENT).turns, 1));
  expect(stop).toMatchObject({ reason: 'cancelled', messages: [id] });
  expect(await locate(world.files, inbox, id)).toMatchObject({ state: 'cur', turn: 1 });
});

test('what a closed turn left in cur is cancelled like a message that waits', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  const { turn } = await world.begin(1);
  await closeTurn(world.files, turn, new Date(world.clock.nowMs()).toISOString());
  expect(await cancelMessage(by(world), known(id))).toEqual({ kind: 'dead' });
  expect(await locate(world.files, inbox, id)).toMatchObject({ state: 'dead' });
});

test('an answered message is not cancelled', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  const place = (await locate(world.files, inbox, id))!;
  await world.files.makeDirectory(join(inbox.done, '2026-11-21'));
  await world.files.move(place.path, join(inbox.done, '2026-11-21', place.path.split('/').at(-1)!));
  await writeOutcome(world.files, inbox, { requeues: 0 }, { id, outcome: 'replied', at: '2026-11-21T12:00:00.000Z' });
  expect(await cancelMessage(by(world), known(id))).toMatchObject({ kind: 'over', outcome: { outcome: 'replied' } });
});

test("an agent's turn is cancelled by a record, and only while nobody has decided on it", async () => {
  const world = await createAgentWorld();
  const layout = agentLayout(ROOT, AGENT);
  expect(await cancelTurn(by(world), layout)).toEqual({ kind: 'nothing-runs' });
  await world.drop();
  const { turn } = await world.begin(1);
  expect(await cancelTurn(by(world), layout)).toEqual({ kind: 'stopped', turn: 1, hasRunner: false });
  expect(await readStop(world.files, turn)).toMatchObject({ reason: 'cancelled', by: 'b' });
  await world.files.create(turn.ended, '{}\n');
  expect(await cancelTurn(by(world), layout)).toEqual({ kind: 'nothing-runs' });
});

test('a claim that a cancellation overtook claims nothing', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  const { name } = (await locate(world.files, inbox, id))!;
  await cancelMessage(by(world), known(id));
  expect(await claim(world.files, inbox, 1, [name])).toEqual([]);
});
