/**
 * A handover that dies at every effect, with a launcher that starts at once, late, or never: the agent is given back once, in the
 * session that its person left, and at no time two processes have one session. The controls lack one of the rules that keep this.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { formatIdentity } from '#blackboard/system/process-identity.ts';
import { isClosed } from '#blackboard/turns/turns.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { lend } from '#runner/turn/lend.ts';
import { lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { Crash, type StopMode, type StopPoint, stopAfter } from '#test/support/crash-effects.ts';
import { startingBy } from '#test/support/starting.ts';
import { createAgentWorld, resultLine, transcriptOf } from '#test/unit/runner/agent-world.ts';

type Rule =
  | 'the launcher links before it starts'
  | 'a living child is waited for'
  | 'the seal'
  | 'the session is read again';
const engine = vi.hoisted(() => ({ lacks: null as string | null }));
const lacks = (rule: Rule) => engine.lacks === rule;
afterEach(() => {
  engine.lacks = null;
});

vi.mock('#blackboard/turns/turns.ts', async original => {
  const real = await original<typeof import('#blackboard/turns/turns.ts')>();
  const sealTurn: typeof real.sealTurn = async (files, turn) => {
    if (!lacks('the seal')) return real.sealTurn(files, turn);
    // Under another name than the launcher's.
    await files.create(`${turn.home}/sealed.0`, '');
    const child = await real.readChild(files, turn);
    return child.kind === 'none' ? { kind: 'sealed' } : child;
  };
  return { ...real, sealTurn };
});

vi.mock('#runner/turn/loan.ts', async original => {
  const real = await original<typeof import('#runner/turn/loan.ts')>();
  const sessionAfterLoan: typeof real.sessionAfterLoan = (context, turn, intent, before) =>
    lacks('the session is read again') ? Promise.resolve(before) : real.sessionAfterLoan(context, turn, intent, before);
  return { ...real, sessionAfterLoan };
});

const LAUNCHERS = ['at once', 'late', 'never'] as const;
type Launcher = (typeof LAUNCHERS)[number];

/** Who lent is gone, by its death or by the end of the command. */
const LENDER = { pid: 4_999_999, startTime: '1', bootId: 'gone' };
const PERSONS = { pid: 7, startTime: '1', bootId: 'memory' };
const LEFT = '11111111-2222-3333-4444-555555555555';
const LOOKS = 12;

const hooks: TurnEffects = {
  hold: async () => null,
  allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
  takeSlot: async () => ({ giveBack: () => {}, waited: false }),
  attend: async () => {},
  awaited: async () => new Set(),
};

/** Lends, dies there, and lets a runner look until all is over. What is broken, in words; and whether the handover died. */
async function lived(launcher: Launcher, stop: StopPoint | null): Promise<{ broken: string[]; died: boolean }> {
  const world = await createAgentWorld();
  let nowMs = world.clock.nowMs();
  const tick = () => ++nowMs;
  const clock = {
    nowMs: tick,
    monotonicMs: tick,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const persons: { are: 'none' | 'alive' | 'gone' } = { are: 'none' };
  const starts: { session: string; resume: boolean; beside: boolean }[] = [];
  const context: AgentContext = {
    ...world.context,
    clock,
    claude: {
      ...world.context.claude,
      isAlive: async ({ pid }) =>
        pid === PERSONS.pid && persons.are === 'alive' && !lacks('a living child is waited for'),
      prepare: startingBy(async ({ sessionId: session, resume }) => {
        starts.push({ session, resume, beside: persons.are === 'alive' });
        return { kind: 'not-started', reason: 'not in this test', temporary: true };
      }),
    },
  };
  await world.drop();
  const { turn, intent } = await world.begin(1);
  world.sessions.set(intent.sessionId, transcriptOf(intent.mark, 'the answer'));
  await world.play(turn, resultLine({ session_id: intent.sessionId }));
  await finishTurn(context, turn, { kind: 'started', identity: PERSONS });

  /** What launch.sh does, and then its person. */
  async function launch(lent: TurnLayout): Promise<void> {
    await world.files.append(`${lent.home}/launch.7`, formatIdentity(PERSONS));
    const linked = await world.files.link(`${lent.home}/launch.7`, lent.child);
    if (linked !== 'linked' && !lacks('the launcher links before it starts')) return;
    persons.are = 'alive';
    await world.files.append(lent.heard, `${JSON.stringify({ session_id: LEFT, source: 'clear' })}\n`);
    world.sessions.set(LEFT, transcriptOf('a new subject', 'indeed'));
  }
  const late: TurnLayout[] = [];
  const mine = stop ? stopAfter(world.files, stop) : world.files;
  const died = await lend(
    { ...context, files: mine },
    {
      self: LENDER,
      untilMs: Number.POSITIVE_INFINITY,
      isRun: async () => false,
      async open(lent) {
        if (launcher === 'at once') await launch(lent);
        if (launcher === 'late') late.push(lent);
      },
      isOpen: async () => launcher !== 'never',
    },
  ).then(
    () => false,
    error => error instanceof Crash,
  );

  await world.drop();
  for (let look = 0; look < LOOKS; look++) {
    if (look === 2) for (const lent of late.splice(0)) await launch(lent);
    if (look === 6 && persons.are === 'alive') persons.are = 'gone';
    await lookOnce(context, hooks);
  }
  const goesOn = persons.are === 'none' ? intent.sessionId : LEFT;
  const broken: string[] = [];
  if (starts.some(({ beside }) => beside)) broken.push('two processes on one session');
  if (starts.length === 0) broken.push('the message had no turn');
  if (starts.some(({ session, resume }) => session !== goesOn || !resume)) broken.push('another session');
  if (await world.files.facts(context.layout.lent)) broken.push('it is lent for ever');
  for (const name of await world.files.list(context.layout.turns))
    if (!(await isClosed(world.files, turnLayout(context.layout.turns, Number(name)))))
      broken.push(`turn ${name} is open`);
  return { broken, died };
}

/** At every effect until it dies no more; the points where something broke. */
async function atEvery(launcher: Launcher, mode: StopMode): Promise<{ broken: string[]; points: number }> {
  const all: string[] = [];
  for (let at = 1; ; at++) {
    const { broken, died } = await lived(launcher, { at, mode });
    all.push(...broken.map(words => `${mode} ${at}: ${words}`));
    if (!died) return { broken: all, points: at - 1 };
  }
}

describe.each(LAUNCHERS)('its launcher starts %s', launcher => {
  test('nobody dies', async () => {
    expect((await lived(launcher, null)).broken).toEqual([]);
  });

  test.each(['before', 'after', 'torn'] as const)('it dies %s an effect', async mode => {
    const { broken, points } = await atEvery(launcher, mode);
    expect(broken).toEqual([]);
    expect(points).toBeGreaterThan(8);
  });
});

const CONTROLS: [Rule, Launcher, string][] = [
  ['the launcher links before it starts', 'late', 'two processes'],
  ['the seal', 'late', 'two processes'],
  ['a living child is waited for', 'at once', 'two processes'],
  ['the session is read again', 'at once', 'another session'],
];

test.each(CONTROLS)('control without the rule that %s, launcher %s: %s', async (rule, launcher, words) => {
  engine.lacks = rule;
  expect((await atEvery(launcher, 'after')).broken.join('\n')).toContain(words);
});
