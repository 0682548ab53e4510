import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { type LookResult, lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { startingBy } from '#test/support/starting.ts';
import { type AgentWorld, CHILD, createAgentWorld, resultLine, transcriptOf } from '#test/unit/runner/agent-world.ts';

/** Hooks with all gates open: what only the last look before the launcher can see. */
const hooks: TurnEffects = {
  hold: async () => null,
  allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
  takeSlot: async () => ({ giveBack: () => {}, waited: false }),
  attend: async () => {},
  awaited: async () => new Set(),
};

/** Looks once at an agent to which `file` comes as soon as the turn's intent stands; gives what came, and the starts. */
async function lookWith(world: AgentWorld, file: string | null): Promise<{ looked: LookResult; starts: number }> {
  let starts = 0;
  const { context } = world;
  const files: typeof context.files = {
    ...context.files,
    async link(from, to) {
      const linked = await context.files.link(from, to);
      if (file !== null && to.endsWith('/intent')) await context.files.create(file, '');
      return linked;
    },
  };
  const claude: typeof context.claude = {
    ...context.claude,
    prepare: startingBy(async () => {
      starts++;
      return { kind: 'not-started', reason: 'not in this test', temporary: false };
    }),
  };
  return { looked: await lookOnce({ ...context, files, claude }, hooks), starts };
}

describe('a switch that comes while the turn is prepared', () => {
  test.each(['pause of the agent', 'pause of the root', 'stop'])(
    '%s: no claude starts, the message waits',
    async by => {
      const world = await createAgentWorld();
      const { layout, root } = world.context;
      const file = { 'pause of the agent': layout.pause, 'pause of the root': `${root}/pause`, stop: layout.stop }[by]!;
      const id = await world.drop();
      const { looked, starts } = await lookWith(world, file);
      expect(starts).toBe(0);
      expect(looked).toMatchObject({ kind: 'turned', ended: { verdict: { kind: 'void' } } });
      expect((await world.files.list(layout.inbox.new)).filter(name => name.includes(id))).toHaveLength(1);
    },
  );

  test('control: without it, the claude is started', async () => {
    const world = await createAgentWorld();
    await world.drop();
    expect((await lookWith(world, null)).starts).toBe(1);
  });
});

test('agent.md has changed since it was read: the look that reads it again takes the message', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  let now = 'as it was';
  Object.assign(world.context.claude, { madeOf: () => 'as it was', madeOfNow: () => now });
  now = 'changed';
  expect(await lookWith(world, null)).toEqual({ looked: { kind: 'yielded' }, starts: 0 });
  expect(await world.files.list(world.context.layout.turns)).toEqual([]);
  expect((await world.files.list(world.context.layout.inbox.new)).filter(name => name.includes(id))).toHaveLength(1);
  now = 'as it was';
  expect((await lookWith(world, null)).starts).toBe(1);
});

describe('what must be on disk before claude starts', () => {
  const directories = ['turns', 'inbox/cur', 'inbox/new'];

  test.each(directories)('the launcher waits for the fsync of %s', async name => {
    const world = await createAgentWorld();
    const { context } = world;
    await world.drop();
    let starts = 0;
    let goOn = () => {};
    const slow = new Promise<void>(resolve => {
      goOn = resolve;
    });
    const files: typeof context.files = {
      ...context.files,
      async syncDirectory(path) {
        if (path === `${context.layout.home}/${name}`) await slow;
        await context.files.syncDirectory(path);
      },
    };
    const claude: typeof context.claude = {
      ...context.claude,
      prepare: startingBy(async () => {
        starts++;
        return { kind: 'not-started', reason: 'not in this test', temporary: false };
      }),
    };
    const looked = lookOnce({ ...context, files, claude }, hooks);
    for (let round = 0; round < 20; round++) await new Promise(resolve => setImmediate(resolve));
    expect(starts).toBe(0);
    goOn();
    await looked;
    expect(starts).toBe(1);
  });
});

test.each([
  ['its resident says that it is full', 130_000, 'handoff'],
  ['its resident says that it has room', 110_000, 'work'],
])('a session is asked for a hand-off note when %s, whatever its turns have counted', async (_what, tokens, kind) => {
  const world = await createAgentWorld();
  const { context, files } = world;
  await world.drop();
  const first = await world.begin(1);
  world.sessions.set(first.intent.sessionId, transcriptOf(first.intent.mark, 'done'));
  await world.play(first.turn, resultLine());
  const ended = await finishTurn(context, first.turn, { kind: 'started', identity: CHILD });
  expect(ended.session).toMatchObject({ contextTokens: 0, rotate: null });
  await world.drop();
  const claude = { ...context.claude, contextOf: () => ({ tokens, window: 200_000 }) };
  await lookOnce({ ...context, claude }, hooks);
  expect(await readRecord(files, turnLayout(context.layout.turns, 2).intent)).toMatchObject({ kind });
});

test('where the queue cannot be written no turn is made: the look fails with what mends it, each time again', async () => {
  const world = await createAgentWorld();
  const { layout } = world.context;
  await world.drop();
  const obstacle = async (path: string) => (path === layout.inbox.new ? 'EACCES' : null);
  for (let times = 0; times < 2; times++)
    await expect(lookOnce({ ...world.context, files: { ...world.files, obstacle } }, hooks)).rejects.toThrow(
      /inbox\/new cannot be written \(permission denied, EACCES\)/,
    );
  expect(await world.files.list(layout.turns)).toEqual([]);
});
