import { expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readPlan, writePlan } from '#runner/claude/plan.ts';
import { paceHold } from '#runner/turn/gates/pace.ts';
import { lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { type AgentWorld, createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

const HOUR = 3_600_000;
const instant = (ms: number) => new Date(ms).toISOString();

/** Windows that are so full; `five_hour` ends in an hour. */
async function world(used: number, weekUsed = 0): Promise<AgentWorld> {
  const made = await createAgentWorld();
  const nowMs = made.clock.nowMs();
  made.files.prepare(rootLayout(ROOT).probes);
  await writePlan(made.files, ROOT, {
    at: instant(nowMs),
    windows: [
      { name: 'five_hour', used, resetsAt: instant(nowMs + HOUR) },
      { name: 'seven_day', used: weekUsed, resetsAt: null },
    ],
  });
  return made;
}

test('work of low priority waits while a window is fuller than the pace allows, and until that begins again', async () => {
  const full = await world(0.85);
  expect(await paceHold(full.context, 0.85)).toBeNull();
  expect(await paceHold(full.context, undefined)).toBeNull();
  expect(await paceHold(full.context, 0.8)).toMatchObject({
    reason: expect.stringMatching(
      /^held: low priority waits, 85 % of the plan's five_hour are used \(pace.window: 0.8\), until /,
    ),
    untilMs: full.clock.nowMs() + HOUR,
    passes: false,
  });
  await full.clock.advance(HOUR);
  expect(await paceHold(full.context, 0.8)).toBeNull();
});

test('a window without an end is believed for a while', async () => {
  const full = await world(0, 0.9);
  expect(await paceHold(full.context, 0.8)).toMatchObject({ untilMs: null });
  await full.clock.advance(limits.planKeepMs);
  expect(await paceHold(full.context, 0.8)).toBeNull();
});

test.each(['', 'torn {', '{"at":1}', '{"at":"x","windows":[{"used":"y","resetsAt":"z"}]}'])(
  'a plan that cannot be read (%j) holds nothing',
  async text => {
    const { context, files, clock } = await createAgentWorld();
    files.prepare(rootLayout(ROOT).probes);
    await files.create(rootLayout(ROOT).plan, text);
    expect(await readPlan(files, ROOT, clock.nowMs())).toBeNull();
    expect(await paceHold(context, 0.1)).toBeNull();
  },
);

test('other work goes on, in order of its urgency; a turn for it takes none of the low work along', async () => {
  const { context, drop, clock } = await world(0.9);
  const effects: TurnEffects = {
    hold: async () => null,
    pace: of => paceHold(of, 0.8),
    allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
    takeSlot: async () => ({ giveBack: () => {}, waited: false }),
    attend: async () => {},
    awaited: async () => new Set(),
  };
  const look = () => lookOnce(context, effects);
  const expiresAt = instant(clock.nowMs() + HOUR / 2);
  await drop({ priority: 'low', expiresAt });
  for (let count = 0; count < limits.candidatesMax; count++) await drop({ thread: 't', priority: 'low' });
  expect(await look()).toMatchObject({
    kind: 'held',
    reason: expect.stringContaining('low priority waits'),
    expiresMs: Date.parse(expiresAt),
  });
  const id = await drop({ thread: 't' });
  const claimed: string[] = [];
  const emit: typeof context.emit = async (...events) => {
    for (const event of events) if (event.type === 'message.claimed') claimed.push(event.id);
  };
  await lookOnce({ ...context, emit }, effects);
  expect(claimed).toEqual([id]);
});
