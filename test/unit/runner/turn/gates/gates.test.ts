import { describe, expect, test } from 'vitest';
import { inboxLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import { localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { createSpendingReader, recordCost } from '#blackboard/turns/spending.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { park, readParked } from '#runner/status/park.ts';
import { instantText } from '#runner/text/terminal.ts';
import { allowanceOf, type GateOptions, holdOf } from '#runner/turn/gates/gates.ts';
import { AGENT, type AgentWorld, createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

const HOUR = 3_600_000;
const fleetPerDayUsd = 20;
const optionsOf = (world: AgentWorld): GateOptions => ({
  spending: createSpendingReader(world.files, ROOT),
  fleetPerDayUsd,
});
const hold = (world: AgentWorld, previous: Partial<Ended> | null = null) =>
  holdOf(world.context, previous as Ended | null, optionsOf(world));
const spend = (world: AgentWorld, usd: number, agent = AGENT, turn = 1) =>
  recordCost(world.files, ROOT, agent, { turn, costUsd: usd, day: localDay(world.clock.nowMs()) } as Ended);
const operatorNotes = (world: AgentWorld) => world.files.list(inboxLayout(`${ROOT}/operator`).new);

/** Leaves a turn behind, as old as given; without an intent where `agoMs` is null. */
async function leaveTurn(world: AgentWorld, number: number, agoMs: number | null, kind: Intent['kind'] = 'work') {
  const turn = turnLayout(world.context.layout.turns, number);
  world.files.prepare(turn.home);
  const at = new Date(world.clock.nowMs() - (agoMs ?? 0)).toISOString();
  if (agoMs !== null) await writeRecord(world.files, turn.intent, { turn: number, kind, at });
}

test('nothing holds an agent that nothing holds', async () => {
  expect(await hold(await createAgentWorld())).toBeNull();
});

describe('switches', () => {
  test('pause in the root stops everybody, in the agent’s directory that one', async () => {
    const world = await createAgentWorld();
    await world.files.create(world.context.layout.pause, '');
    expect(await hold(world)).toEqual({
      reason: `paused; to go on: agent-runner resume ${AGENT}`,
      untilMs: null,
      passes: false,
    });
    await world.files.create(rootLayout(ROOT).pause, '');
    expect((await hold(world))?.reason).toBe('paused (all agents); to go on: agent-runner resume');
  });

  test('a stopped agent is told how it goes on', async () => {
    const world = await createAgentWorld();
    await world.files.create(world.context.layout.stop, '');
    expect(await hold(world)).toMatchObject({ reason: expect.stringContaining('agent-runner'), passes: false });
  });
});

describe('parked', () => {
  test('holds until somebody takes the file away', async () => {
    const world = await createAgentWorld();
    await park(world.context, { code: 'auth', reason: 'not logged in' }, 'turn 3');
    expect(await hold(world)).toEqual({
      reason: `parked: not logged in; log in (start claude, type /login), then: agent-runner resume ${AGENT}`,
      untilMs: null,
      passes: false,
    });
    await world.clock.advance(365 * 24 * HOUR);
    expect((await hold(world))?.reason).toContain('parked: not logged in');
    await world.files.remove(world.context.layout.parked);
    expect(await hold(world)).toBeNull();
  });

  test('the operator is told once for one park, however often it is done', async () => {
    const world = await createAgentWorld();
    for (let time = 0; time < 3; time++) await park(world.context, { code: 'auth', reason: 'not logged in' }, 'turn 3');
    expect(await operatorNotes(world)).toHaveLength(1);
    await park(world.context, { code: 'auth', reason: 'not logged in' }, 'turn 4');
    expect(await operatorNotes(world)).toHaveLength(2);
  });

  test('the first reason stands: a second one does not replace it', async () => {
    const world = await createAgentWorld();
    await park(world.context, { code: 'billing', reason: 'pay' }, 'turn 3');
    await park(world.context, { code: 'auth', reason: 'log in' }, 'turn 4');
    expect(await readParked(world.context)).toMatchObject({ code: 'billing', reason: 'pay' });
  });
});

describe('a claude that does not get as far as the model', () => {
  const state = (world: AgentWorld, madeOf = 'as it was') => ({
    code: 'claude',
    reason: 'it crashed',
    untilMs: world.clock.nowMs() + 60_000,
    madeOf,
  });

  test('holds its agent until it is tried again, says when that is, and is looked at all the time', async () => {
    const world = await createAgentWorld();
    world.context.claude.madeOf = () => 'as it was';
    await park(world.context, state(world), 'claude since turn 1');
    const held = await hold(world);
    expect(held).toMatchObject({ untilMs: world.clock.nowMs() + 60_000, passes: false });
    let now = 'as it was';
    world.context.claude.madeOfNow = () => now;
    expect(await held?.isOver?.()).toBe(false);
    now = 'updated';
    expect(await held?.isOver?.()).toBe(true);
    expect(held?.reason).toMatch(
      /^parked: it crashed \(until .*\); tried again at .*, and at once when claude or agent.md changes; to try now: agent-runner resume a$/,
    );
    await world.clock.advance(59_999);
    expect(await hold(world)).not.toBeNull();
    await world.clock.advance(1);
    expect(await hold(world)).toBeNull();
  });

  test('holds it no longer once claude or agent.md is another', async () => {
    const world = await createAgentWorld();
    let made = 'as it was';
    world.context.claude.madeOf = () => made;
    await park(world.context, state(world), 'claude since turn 1');
    expect(await hold(world)).not.toBeNull();
    made = 'updated';
    expect(await hold(world)).toBeNull();
    expect(await readParked(world.context)).toBeNull();
  });
});

describe('back-off', () => {
  const temporary = (world: AgentWorld, inMs: number): Partial<Ended> => ({
    turn: 1,
    retryAtMs: world.clock.nowMs() + inMs,
    verdict: { kind: 'temporary', reason: 'overloaded', resetAtMs: null },
  });

  test('holds until its time has come, and passes by itself', async () => {
    const world = await createAgentWorld();
    const previous = temporary(world, 1_000);
    const untilMs = world.clock.nowMs() + 1_000;
    expect(await hold(world, previous)).toEqual({
      reason: expect.stringMatching(/^backing off until .*: overloaded$/),
      untilMs,
      passes: true,
    });
    await world.clock.advance(999);
    expect(await hold(world, previous)).not.toBeNull();
    await world.clock.advance(1);
    expect(await hold(world, previous)).toBeNull();
  });
});

describe('maxTurnsPerHour', () => {
  const previous = (turn: number): Partial<Ended> => ({ turn, retryAtMs: null });

  test('holds until the oldest of so many turns is an hour old, by what stands on disk', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 3\n');
    for (const [number, agoMs] of [
      [1, 50 * 60_000],
      [2, 30 * 60_000],
      [3, 60_000],
    ] as const)
      await leaveTurn(world, number, agoMs);
    const untilMs = world.clock.nowMs() + 10 * 60_000;
    expect(await hold(world, previous(3))).toEqual({
      reason: expect.stringContaining('maxTurnsPerHour (3) is reached, until '),
      untilMs,
      passes: false,
    });
    await world.clock.advance(10 * 60_000);
    expect(await hold(world, previous(3))).toBeNull();
  });

  test('one turn fewer is still free', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 3\n');
    await leaveTurn(world, 1, 60_000);
    await leaveTurn(world, 2, 30_000);
    expect(await hold(world, previous(2))).toBeNull();
  });

  test('turns of more than an hour ago do not count', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 2\n');
    await leaveTurn(world, 1, 2 * HOUR);
    await leaveTurn(world, 2, 60_000);
    expect(await hold(world, previous(2))).toBeNull();
  });

  test('a limit of one is one turn an hour', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 1\n');
    await leaveTurn(world, 1, HOUR - 1);
    expect(await hold(world, previous(1))).toMatchObject({ untilMs: world.clock.nowMs() + 1 });
    await world.clock.advance(1);
    expect(await hold(world, previous(1))).toBeNull();
  });

  test('a turn that has been swept counts no more', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 2\n');
    await leaveTurn(world, 9, 60_000);
    expect(await hold(world, previous(9))).toBeNull();
  });

  test('a turn without an intent, and one that only buried, do not count', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 2\n');
    await leaveTurn(world, 1, 30 * 60_000);
    await leaveTurn(world, 2, null);
    await leaveTurn(world, 3, 60_000, 'burial');
    expect(await hold(world, previous(3)), 'one turn in this hour, two are allowed').toBeNull();
  });

  test('behind turns that do not count the ones that do are found', async () => {
    const world = await createAgentWorld('maxTurnsPerHour: 2\n');
    await leaveTurn(world, 1, 30 * 60_000);
    await leaveTurn(world, 2, null);
    await leaveTurn(world, 3, 60_000);
    await leaveTurn(world, 4, null);
    expect(await hold(world, previous(4))).toMatchObject({ untilMs: world.clock.nowMs() + 30 * 60_000 });
  });
});

describe('the budget of the day', () => {
  test('parks the agent until the day is over, with one note to the operator, and then lets it go on', async () => {
    const world = await createAgentWorld();
    await spend(world, 4.99);
    expect(await hold(world)).toBeNull();
    await spend(world, 0.01, AGENT, 2);
    const untilMs = nextLocalDay(world.clock.nowMs());
    const reason = `parked: budget.perDayUsd ($5) is spent for today (until ${instantText(untilMs, world.clock.nowMs())}); goes on by itself tomorrow; to go on today: agent-runner resume ${AGENT} --raise <usd>`;
    const held = { reason, untilMs, passes: false };
    for (let look = 0; look < 3; look++) expect(await hold(world)).toEqual(held);
    expect(await operatorNotes(world)).toHaveLength(1);
    expect(await readParked(world.context)).toMatchObject({ code: 'budget', untilMs });

    await world.clock.advance(untilMs - world.clock.nowMs() - 1);
    expect(await hold(world)).toEqual(held);
    await world.clock.advance(1);
    expect(await hold(world)).toBeNull();
    expect(await world.files.facts(world.context.layout.parked)).toBeNull();
  });

  test('a new day that is overspent is a new park with a note of its own', async () => {
    const world = await createAgentWorld();
    await spend(world, 5);
    await hold(world);
    await world.clock.advance(nextLocalDay(world.clock.nowMs()) - world.clock.nowMs());
    await spend(world, 5, AGENT, 2);
    await hold(world);
    expect(await operatorNotes(world)).toHaveLength(2);
  });

  test('an agent that a person un-parks is parked again while the money is spent, without a second note', async () => {
    const world = await createAgentWorld();
    await spend(world, 5);
    await hold(world);
    await world.files.remove(world.context.layout.parked);
    expect(await hold(world)).toMatchObject({ reason: expect.stringContaining('parked: budget.perDayUsd') });
    expect(await operatorNotes(world)).toHaveLength(1);
  });

  test('what others spend counts for the fleet’s budget alone', async () => {
    const world = await createAgentWorld();
    await spend(world, 19, 'b');
    expect(await hold(world)).toBeNull();
    await spend(world, 1, 'c');
    expect(await hold(world)).toMatchObject({
      reason: expect.stringMatching(
        /^parked: perDayUsd of config.yaml \(\$20\) is spent for today .*; .* resume --raise <usd>$/,
      ),
      untilMs: nextLocalDay(world.clock.nowMs()),
    });
  });

  test('a turn may cost its own budget, or what is left of the day, whichever is less', async () => {
    const world = await createAgentWorld('budget: {perTurnUsd: 2, perDayUsd: 5}\n');
    expect(await allowanceOf(world.context, optionsOf(world))).toEqual({ turnUsd: 2, dayUsd: 5 });
    await spend(world, 4);
    expect(await allowanceOf(world.context, optionsOf(world))).toEqual({ turnUsd: 1, dayUsd: 1 });
    await spend(world, 15.5, 'b');
    expect(await allowanceOf(world.context, optionsOf(world))).toEqual({ turnUsd: 0.5, dayUsd: 0.5 });
  });
});

test('a working directory that is not there holds the queue instead of failing message after message, and is told unless something else holds', async () => {
  const world = await createAgentWorld();
  world.context.definition = { ...world.context.definition, cwd: '/no/such/directory' };
  const told: unknown[] = [];
  const options: GateOptions = {
    ...optionsOf(world),
    async tellMissing(_context, { problem }, turn) {
      told.push([problem, turn]);
    },
  };
  expect(await holdOf(world.context, { turn: 7 } as Ended, options)).toEqual({
    reason: `held: cwd /no/such/directory does not exist or cannot be entered; to go on: make it, or change cwd in agent.md (agent-runner edit ${AGENT})`,
    untilMs: null,
    passes: false,
    isOver: expect.any(Function),
  });
  expect(told).toEqual([['cwd /no/such/directory does not exist or cannot be entered', 7]]);
  await world.files.create(world.context.layout.pause, '');
  await holdOf(world.context, { turn: 7 } as Ended, options);
  expect(told).toHaveLength(1);
});
