// Turns that a resident claude is to take: what becomes of them where it ends, or never had the line.
import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import { sealTurn } from '#blackboard/turns/turns.ts';
import type { ResidentPart } from '#runner/claude/port.ts';
import { bookOthers, bookOthersSoon } from '#runner/turn/book-others.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { runUntil, startingBy } from '#test/support/starting.ts';
import { AGENT, type AgentWorld, CHILD, createAgentWorld, ROOT, resultLine } from '#test/unit/runner/agent-world.ts';

const started = { kind: 'started', identity: CHILD } as const;
const exited = { code: 0, signal: null };
const killed = { code: null, signal: 'SIGKILL' };
const said = (uuid: string, state: string) =>
  `${JSON.stringify({ type: 'command_lifecycle', command_uuid: uuid, state })}\n`;
const INIT = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: 's', capabilities: ['msg_lifecycle_v1'] })}\n`;

/** An agent whose turns go to a resident of that first turn. */
async function worldWith(first: (turn: number) => number, more: Partial<AgentWorld['context']['claude']> = {}) {
  const world = await createAgentWorld();
  const residentFor = async ({ turn }: { turn: number }): Promise<ResidentPart> => ({
    first: first(turn),
    from: 0,
    stderrFrom: 0,
  });
  Object.assign(world.context.claude, { residentFor, ...more });
  // A transcript that never comes is waited for.
  Object.assign(world.context.clock, { sleep: (ms: number) => world.clock.advance(ms) });
  await world.drop();
  return world;
}

const isWaiting = async ({ context, files }: AgentWorld) => (await files.list(context.layout.inbox.new)).length === 1;

describe('the first turn of a resident', () => {
  test.each([
    ['said nothing: it never had the line', ''],
    ['had half of the line', 'Error parsing streaming input line (type=unknown, 99 chars): SyntaxError'],
  ])('is void when its process ended unseen and %s', async (_name, stderr) => {
    const world = await worldWith(turn => turn);
    const { turn } = await world.begin(1);
    await world.play(turn, '', stderr);
    const ended = await finishTurn(world.context, turn, started);
    expect(ended).toMatchObject({ verdict: { kind: 'void' }, costUsd: 0, costBasis: 'nothing', park: null });
    expect(ended).not.toHaveProperty('unstarted');
    expect(await isWaiting(world)).toBe(true);
  });

  test.each([
    ['it said why', '', 'error: unknown option --no-such', null],
    ['its end was seen: the next one would fare no better', '', '', { code: 1, signal: null }],
  ])('is a start that failed when %s', async (_why, stream, stderr, exit) => {
    const world = await worldWith(turn => turn);
    const { turn } = await world.begin(1);
    await world.play(turn, stream, stderr);
    expect((await finishTurn(world.context, turn, started, exit)).verdict.kind).toBe('unstarted');
  });

  test('is interrupted when it has said that it has the line', async () => {
    const world = await worldWith(turn => turn);
    const { turn, intent } = await world.begin(1);
    await world.play(turn, said(intent.line!, 'queued'));
    expect((await finishTurn(world.context, turn, started)).verdict.kind).toBe('interrupted');
  });
});

describe('a later turn of a resident', () => {
  const second = async (stream: (line: string) => string) => {
    const world = await worldWith(() => 1);
    const first = await world.begin(1);
    await world.play(first.turn, INIT + resultLine({ user_message_uuids: [first.intent.line] }));
    await finishTurn(world.context, first.turn, started);
    await world.drop();
    const { turn, intent } = await world.begin(2);
    await world.files.link(first.turn.child, turn.child);
    // What the resident says of it stands behind the first turn's.
    await world.files.remove(first.turn.stream);
    await world.files.create(first.turn.stream, stream(intent.line!));
    return { world, turn };
  };

  test.each([null, exited, killed])(
    'is void when its process ended before it said anything of the line (%j)',
    async exit => {
      const { world, turn } = await second(() => '');
      const ended = await finishTurn(world.context, turn, started, exit);
      expect(ended).toMatchObject({ verdict: { kind: 'void' }, costUsd: 0, park: null });
      expect(await isWaiting(world)).toBe(true);
    },
  );

  test.each([exited, killed])('is no failed start when its process ended with the line (%j)', async exit => {
    const { world, turn } = await second(line => said(line, 'queued'));
    const ended = await finishTurn(world.context, turn, started, exit);
    expect(ended.verdict.kind).toBe('interrupted');
    expect(ended).not.toHaveProperty('unstarted');
  });
});

const hooks: TurnEffects = {
  hold: async () => null,
  allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
  takeSlot: async () => ({ giveBack: () => {}, waited: false }),
  attend: async () => {},
  awaited: async () => new Set(),
};

test.each([
  ['of its first turn the agent waits, for the next process would fare no better', 1, 'held'],
  ['of a later one it looks again at once', 7, 'turned'],
])('where nothing came of a resident: %s', async (_name, first, kind) => {
  const nothing = startingBy(async () => ({ kind: 'started', run: runUntil(Promise.resolve(null)) }));
  const world = await worldWith(() => first, { prepare: nothing });
  expect((await lookOnce(world.context, hooks)).kind).toBe(kind);
});

describe('a resident that another runner left', () => {
  /** Its first turn is over; the next one had no child. */
  const left = async (ended: number[], owner: () => boolean) => {
    const world = await worldWith(turn => turn, {
      endResident: async ({ pid }) => void ended.push(pid),
      sessionOwner: async () =>
        owner() ? { pid: CHILD.pid, name: null, kind: null, entrypoint: 'sdk-cli', status: 'idle' } : null,
    });
    const { turn, intent } = await world.begin(1);
    world.sessions.set(intent.sessionId, 'there');
    await world.play(turn, INIT + resultLine({ user_message_uuids: [intent.line] }));
    await finishTurn(world.context, turn, started);
    await world.drop();
    return world;
  };

  test('is ended before anybody asks who has its session', async () => {
    const ended: number[] = [];
    const world = await left(ended, () => ended.length === 0);
    expect((await lookOnce(world.context, hooks)).kind).not.toBe('owned');
    expect(ended).toEqual([CHILD.pid]);
  });

  test('is ended though the turn after its own had no child', async () => {
    const ended: number[] = [];
    const world = await left(ended, () => false);
    const { turn } = await world.begin(2);
    await sealTurn(world.files, turn);
    await finishTurn(world.context, turn, { kind: 'sealed' });
    await lookOnce(world.context, hooks);
    expect(ended).toContain(CHILD.pid);
  });

  test('is not looked for where there is nothing to do', async () => {
    const ended: number[] = [];
    const world = await left(ended, () => false);
    for (const name of await world.files.list(world.context.layout.inbox.new))
      await world.files.remove(`${world.context.layout.inbox.new}/${name}`);
    expect((await lookOnce(world.context, hooks)).kind).toBe('idle');
    expect(ended).toEqual([]);
  });
});

describe('what a resident did between turns for nobody of ours', () => {
  const USD = 0.03;
  const foreign = (usd: number) =>
    INIT +
    resultLine({
      user_message_uuids: ['another'],
      total_cost_usd: 0.25 + usd,
      ...spentSince(usd),
      origin: { kind: 'peer' },
    });
  const spentSince = (costUSD: number) => ({ model_usage_since_last_result: { m: { costUSD } } });
  const spent = async ({ files, clock }: AgentWorld) =>
    (await createSpendingReader(files, ROOT)(localDay(clock.nowMs()))).byAgent.get(AGENT);

  /** Its first turn is over, and then it did that. */
  async function after(more: string) {
    const world = await worldWith(turn => turn);
    const { turn, intent } = await world.begin(1);
    world.sessions.set(intent.sessionId, 'there');
    await world.play(turn, INIT + resultLine({ user_message_uuids: [intent.line], ...spentSince(0.25) }));
    await finishTurn(world.context, turn, started);
    await world.files.append(turn.stream, more);
    await world.drop();
    return world;
  }

  test('is booked once it is noticed, and counts once, whoever books it again, and not with the next turn', async () => {
    const world = await after(foreign(USD));
    await bookOthersSoon(world.context);
    expect(await spent(world)).toBeCloseTo(0.25 + USD, 9);
    const { intent } = await world.begin(2);
    expect(intent.baselineUsd).toBeCloseTo(0.25 + USD, 9);
    expect(await spent(world)).toBeCloseTo(0.25 + USD, 9);
  });

  test('is booked before the next turn, where nobody noticed, also behind a turn that never began', async () => {
    const world = await after(foreign(USD));
    const { turn } = await world.begin(2);
    expect(await spent(world)).toBeCloseTo(0.25 + USD, 9);
    await finishTurn(world.context, turn, await sealTurn(world.files, turn));
    expect(await bookOthers(world.context, await previousEnded(world.context, 3))).toBeCloseTo(USD, 9);
  });

  test('is booked again by who comes after a death between its line and its record', async () => {
    const world = await after(foreign(USD));
    const previous = await previousEnded(world.context, 2);
    await bookOthers(world.context, previous);
    await world.files.remove(turnLayout(world.context.layout.turns, 1).others);
    await bookOthers(world.context, previous);
    expect(await spent(world)).toBeCloseTo(0.25 + USD, 9);
  });

  test('is an estimate where it asked the model and was broken off without a word', async () => {
    const world = await after(INIT.replace('"session_id"', '"model":"claude-sonnet-5-5","session_id"'));
    expect(await bookOthers(world.context, await previousEnded(world.context, 2))).toBeGreaterThan(0);
  });

  test('is nothing where it only answered a question', async () => {
    const world = await after(`${JSON.stringify({ type: 'control_response', response: {} })}\n`);
    expect(await bookOthers(world.context, await previousEnded(world.context, 2))).toBe(0);
  });
});

test('who chooses the process is told how full the conversation is, by the last turn', async () => {
  const world = await worldWith(() => 1);
  const { turn, intent } = await world.begin(1);
  world.sessions.set(intent.sessionId, 'there');
  const usage = { input_tokens: 120_000, output_tokens: 1 };
  const words = { type: 'assistant', message: { id: 'm', model: 'm', usage, content: [{ type: 'text', text: 'x' }] } };
  const more = { user_message_uuids: [intent.line], modelUsage: { m: { contextWindow: 200_000 } } };
  await world.play(turn, `${INIT}${JSON.stringify(words)}\n${resultLine(more)}`);
  await finishTurn(world.context, turn, started);
  await world.drop();
  const asked: unknown[] = [];
  Object.assign(world.context.claude, { residentFor: async (wish: object) => void asked.push(wish) });
  await world.begin(2);
  expect(asked).toMatchObject([{ turn: 2, context: { tokens: 120_000, window: 200_000 } }]);
});
