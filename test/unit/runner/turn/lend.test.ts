import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { formatIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { electTurn, readChild } from '#blackboard/turns/turns.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { type LendOrder, lend } from '#runner/turn/lend.ts';
import { loanIntent, sessionHeard, sessionLeft } from '#runner/turn/loan.ts';
import { stopTurn } from '#runner/turn/supervise-child.ts';
import { lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { type AgentWorld, CHILD, createAgentWorld, resultLine, transcriptOf } from '#test/unit/runner/agent-world.ts';

const ORDER: LendOrder = {
  self: { pid: 4_999_999, startTime: '1', bootId: 'gone' },
  untilMs: 0,
  isRun: async () => true,
  open: async () => {},
  isOpen: async () => false,
};

const HOOKS: TurnEffects = {
  hold: async () => null,
  allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
  takeSlot: async () => ({ giveBack: () => {}, waited: false }),
  attend: async () => {},
  awaited: async () => new Set(),
};

/** One whose first turn is over: it has a session. */
async function withSession(): Promise<AgentWorld & { session: string }> {
  const world = await createAgentWorld();
  await world.drop();
  const { turn, intent } = await world.begin(1);
  world.sessions.set(intent.sessionId, transcriptOf(intent.mark, 'the answer'));
  await world.play(turn, resultLine({ session_id: intent.sessionId }));
  await finishTurn(world.context, turn, { kind: 'started', identity: CHILD });
  return { ...world, session: intent.sessionId };
}

const lentTurn = async ({ context, files, session }: AgentWorld & { session: string }, number: number) => {
  const turn = turnLayout(context.layout.turns, number);
  await electTurn(files, context.layout.turns, number);
  const state = { id: session, totalUsd: 0, turns: 1, contextTokens: 0, rotate: null };
  await writeRecord(files, turn.intent, loanIntent(number, state, 'mark', 0, new Date(0).toISOString()));
  return turn;
};

describe('what cannot be lent now is refused, and nothing of the attempt stays', () => {
  const cases: [string, RegExp, (world: AgentWorld & { session: string }) => Promise<unknown>, string?][] = [
    ['no conversation yet', /no conversation yet/, async world => world.sessions.clear()],
    [
      'somebody has it open',
      /pid 9 has it/,
      async ({ context }) => {
        context.claude.sessionOwner = async () => ({ ...OWNER, pid: 9 });
      },
    ],
    [
      'a turn that does not end in time',
      /turn 2 runs/,
      async world => {
        await world.drop();
        const { turn } = await world.begin(2);
        await world.play(turn, '');
        world.context.claude.isAlive = async () => true;
      },
    ],
    [
      'a claude that stays, and does not end in time',
      /the claude of turn 1, which stays/,
      async ({ context }) => {
        context.claude.isAlive = async () => true;
      },
    ],
    [
      'lent already',
      /lent already/,
      async world => {
        const turn = await lentTurn(world, 2);
        await world.files.create(turn.child, formatIdentity(CHILD));
        world.context.claude.isAlive = async () => true;
      },
    ],
  ];

  test.each(cases)('%s', async (_case, words, change) => {
    const world = await withSession();
    await change(world);
    await expect(lend(world.context, ORDER)).rejects.toMatchObject({ exit: 75, message: expect.stringMatching(words) });
    expect(await world.files.facts(world.context.layout.lent)).toBeNull();
  });

  test('another handover that lives keeps its place', async () => {
    const world = await withSession();
    await world.files.create(world.context.layout.lent, formatIdentity(selfIdentity()));
    await expect(lend(world.context, ORDER)).rejects.toMatchObject({ exit: 75, message: /another handover/ });
    expect(await world.files.facts(world.context.layout.lent)).not.toBeNull();
  });

  test('a terminal that cannot be opened: its turn is void, and the session stays the agent’s', async () => {
    const world = await withSession();
    const open = async () => Promise.reject(new Error('no tmux'));
    await expect(lend(world.context, { ...ORDER, open })).rejects.toThrow('no tmux');
    await world.drop();
    const { intent } = await world.begin(3);
    expect(intent).toMatchObject({ sessionId: world.session, resume: true });
  });
});

const OWNER = { pid: 0, name: null, kind: null, entrypoint: 'cli', status: null };

describe('while somebody lends the session', () => {
  test('no message has a turn, a claude that stays ends, and its turn is not sealed', async () => {
    const world = await withSession();
    const { context, files } = world;
    let let_go = 0;
    context.claude.letGo = async () => {
      let_go++;
    };
    await files.create(context.layout.lent, formatIdentity(selfIdentity()));
    await world.drop();
    expect(await lookOnce(context, HOOKS)).toMatchObject({ kind: 'held', passes: true });
    expect(let_go).toBe(1);
    const turn = await lentTurn(world, 2);
    const looked = await lookOnce(context, HOOKS);
    expect(looked).toMatchObject({ kind: 'held', reason: expect.stringMatching(/^about to be lent/) });
    expect(await readChild(files, turn)).toEqual({ kind: 'none' });
    // Its process dies: the turn is sealed, and the message has its own.
    await files.remove(context.layout.lent);
    expect(await lookOnce(context, HOOKS)).toMatchObject({ kind: 'turned', ended: { verdict: { kind: 'void' } } });
    expect(await readChild(files, turn)).toEqual({ kind: 'sealed' });
  });

  test('their claude is waited for, and nobody stops it', async () => {
    const world = await withSession();
    const { context, files } = world;
    const turn = await lentTurn(world, 2);
    await files.create(turn.child, formatIdentity(CHILD));
    context.claude.isAlive = async () => true;
    await world.drop();
    const looked = await lookOnce(context, HOOKS);
    expect(looked).toMatchObject({ kind: 'held', passes: false, reason: expect.stringContaining('take a') });
    await expect(stopTurn(files, context.clock, turn, { reason: 'cancelled', by: 'x' })).rejects.toMatchObject({
      exit: 75,
    });
    expect(await files.facts(turn.stop)).toBeNull();
  });
});

describe('the session that its person left', () => {
  const A = '11111111-2222-3333-4444-555555555555';
  const B = '21111111-2222-3333-4444-555555555555';
  const line = (id: string) => `${JSON.stringify({ session_id: id, source: 'clear' })}\n`;

  test.each<[string, string, string | null]>([
    ['the last one that began', line(A) + line(B), B],
    ['a torn line does not count', `${line(A)}{"session_id":"2111`, A],
    ['nor does an id that is none', `${line(A)}${line('../../etc')}`, A],
    ['nothing was heard', '', null],
  ])('%s', (_case, heard, id) => {
    expect(sessionHeard(heard)).toBe(id);
  });

  const before = { id: A, totalUsd: 2, turns: 7, contextTokens: 90, contextWindow: 200_000, rotate: null };
  const used = (tokens: number, usd?: number) =>
    [
      { type: 'assistant', message: { model: 'm', usage: { input_tokens: tokens } } },
      ...(usd === undefined ? [] : [{ type: 'cost-state', totalCostUSD: usd }]),
    ]
      .map(each => `${JSON.stringify(each)}\n`)
      .join('');

  test('what its person spent is not the agent’s, and the context is counted again', () => {
    expect(sessionLeft(before, A, used(120, 3.5))).toEqual({ ...before, totalUsd: 3.5, contextTokens: 120 });
    expect(sessionLeft(before, A, used(120))).toEqual({ ...before, contextTokens: 120 });
  });

  test('another conversation begins with its own count; one in which nothing was said is none', () => {
    expect(sessionLeft(before, B, used(5, 0.5))).toEqual({
      ...before,
      id: B,
      totalUsd: 0.5,
      turns: 0,
      contextTokens: 5,
    });
    expect(sessionLeft(before, B, '')).toBeNull();
    expect(sessionLeft(before, A, '')).toEqual(before);
  });
});
