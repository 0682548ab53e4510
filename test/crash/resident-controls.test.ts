/**
 * Controls for turns that are fed as lines: an engine that lacks one of the rules by which a line is judged breaks the promise
 * on the very life that the honest engine keeps it on.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { checkCrashes, describeViolations, rulesBroken } from '#test/support/invariants.ts';
import { type Behaviour, createHouse, sendTo } from '#test/support/simulated-root.ts';

type Missing = 'uuids are fresh' | 'a result names its line' | 'only completed is done';
const engine = vi.hoisted(() => ({ lacks: null as string | null }));
const lacks = (rule: Missing) => engine.lacks === rule;
afterEach(() => {
  engine.lacks = null;
});

vi.mock('#hooks/claude/stream-summary.ts', async original => {
  const real = await original<typeof import('#hooks/claude/stream-summary.ts')>();
  return {
    ...real,
    summarizeStream: (text: string, line: string | null) =>
      real.summarizeStream(text, lacks('a result names its line') ? null : line),
  };
});

vi.mock('#runner/turn/verdict.ts', async original => {
  const real = await original<typeof import('#runner/turn/verdict.ts')>();
  const judge: typeof real.judge = evidence => {
    const { result, line } = evidence;
    if (lacks('only completed is done') && result?.subtype === 'success' && !result.isError)
      return { kind: 'answered', text: result.text };
    // What was said of the line is taken for what was done with it.
    if (lacks('uuids are fresh') && !result && line?.state === 'completed') return { kind: 'answered', text: 'done' };
    return real.judge(evidence);
  };
  return { ...real, judge };
});

vi.mock('#runner/turn/plan.ts', async original => {
  const real = await original<typeof import('#runner/turn/plan.ts')>();
  const prepareTurn: typeof real.prepareTurn = async (context, turn, ...rest) => {
    const intent = await real.prepareTurn(context, turn, ...rest);
    if (!intent || !lacks('uuids are fresh') || turn.number === 1) return intent;
    const before = await readRecord<Intent>(context.files, turnLayout(context.layout.turns, turn.number - 1).intent);
    const isAgain = before?.messages.some(({ id }) => intent.messages.some(message => message.id === id));
    return isAgain ? { ...intent, line: before!.line! } : intent;
  };
  return { ...real, prepareTurn };
});

/** Two messages in two turns of a resident; what the second one meets. */
async function lived(second: Behaviour) {
  const house = await createHouse({
    agents: ['alpha'],
    front: ['batch: one'],
    behaviours: ['answers', second],
    residents: true,
  });
  for (const marker of ['control-one', 'control-two']) await sendTo(house, house.files, marker);
  await house.run(house.files);
  await house.run(house.files);
  return checkCrashes(house.scene());
}

const controls: [Missing, Behaviour][] = [
  // It was killed in its turn; after the resume claude tells of an old uuid that it is completed, and runs nothing.
  ['uuids are fresh', 'dies written'],
  ['a result names its line', 'answers another, dies'],
  ['only completed is done', 'prompt blocked'],
];

test.each(controls)('the rule that %s keeps the promise where its turn is one that "%s"', async (_rule, second) => {
  expect(describeViolations(await lived(second))).toBe('');
});

test.each(controls)('the control without the rule that %s breaks it', async (rule, second) => {
  engine.lacks = rule;
  expect(rulesBroken(await lived(second))).toContain('unproven');
});
