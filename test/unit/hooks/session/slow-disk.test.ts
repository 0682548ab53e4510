// Hooks where every fsync takes its time, on a clock that the disk moves: what is there is shown within the hook's own time, however
// much else there is to do, and the rest is done at the events after it.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boardLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { agendaOf } from '#hooks/session/agenda.ts';
import { type CostOf, hookStage, ROOT } from './hook-stage.ts';

const SYNC_MS = 40;
/** fsync is slow, everything else is not. */
const slow: CostOf = (verb, [, , options]) => {
  if (verb === 'create' || verb === 'syncFile' || verb === 'syncDirectory') return SYNC_MS;
  return verb === 'append' && (options as { sync?: boolean } | undefined)?.sync ? SYNC_MS : 0.01;
};
/** One effect that had begun is waited for; what comes after its time has a moment each. */
const AT_MOST_MS = limits.hookWorkMs + SYNC_MS + 3 * limits.hookPartMs;
const board = boardLayout(ROOT);

async function stageWith({ drops = 0, inboxDrops = 0 }) {
  const stage = await hookStage();
  await stage.run({ event: 'SessionStart', promptId: 'p0' });
  for (let count = 0; count < drops; count++)
    await stage.disk.create(join(board.drop, `drop-${count}`), `DROP-${count}.`);
  for (let count = 0; count < inboxDrops; count++)
    await stage.disk.create(join(stage.layout.inbox.inbox, `task-${count}`), `TASK-${count}.`);
  stage.pass(60_000);
  return stage;
}

test('what is shown stands before whatever can wait, and all that can wait has an end', () => {
  for (const by of ['prompt', 'queued', 'tool', 'stop', 'listen'] as const) {
    const { before, after } = agendaOf(by);
    expect(before.filter(({ untilMs }) => untilMs === null).map(({ part }) => part)).toEqual(['show']);
    expect(before.at(-1)?.part).toBe('show');
    const ends = [...before, ...after].flatMap(({ untilMs }) => untilMs ?? []);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(Math.max(...ends)).toBeLessThanOrEqual(limits.hookWorkMs);
    expect(Math.max(...before.flatMap(({ untilMs }) => untilMs ?? [])), 'there is time left to show').toBeLessThan(
      limits.hookWorkMs,
    );
  }
});

test('3,000 drops on the board and 200 for the session: each prompt is answered in time, and brings what is there', async () => {
  const stage = await stageWith({ drops: 3_000, inboxDrops: 200 });
  const left = async () => (await stage.disk.list(board.drop)).length + (await stage.disk.list(board.taken)).length;
  for (let count = 1; count <= 4; count++) {
    const before = await left();
    await stage.post(`POSTED-${count}`);
    await stage.send(`SENT-${count}`);
    const { text, endedMs } = await stage.run({ event: 'UserPromptSubmit', promptId: `p${count}`, costOf: slow });
    expect(text).toContain(`POSTED-${count}`);
    expect(text).toContain(`SENT-${count}`);
    expect(endedMs).toBeLessThanOrEqual(AT_MOST_MS);
    expect(await left(), 'and some drops were taken').toBeLessThan(before);
    await stage.claudeTakes(`p${count}`, text);
    await stage.modelAnswers();
  }
});

test('the control: without its own time the same hook would be given up by claude', async () => {
  const stage = await stageWith({ drops: 400 });
  const begunMs = Number.MAX_SAFE_INTEGER;
  const { endedMs } = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', costOf: slow, begunMs });
  expect(endedMs).toBeGreaterThan(limits.hookTimeoutSeconds * 1_000);
});

test('on a disk that is not slow all drops come with the next prompt, each posted once', async () => {
  const stage = await stageWith({ drops: 50, inboxDrops: 5 });
  const { text } = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', costOf: () => 0.01 });
  for (const words of ['DROP-0.', 'DROP-49.', 'TASK-0.', 'TASK-4.']) expect(text).toContain(words);
  const posted = stage.disk
    .dump()
    .filter(([path]) => path.endsWith('.jsonl'))
    .map(([, lines]) => lines)
    .join('');
  for (let count = 0; count < 50; count++) expect(posted.split(`DROP-${count}.`)).toHaveLength(2);
});

test('what was seen becomes done in the time that is left, over as many prompts as that takes', async () => {
  const stage = await stageWith({});
  const ids = [];
  for (let count = 0; count < 20; count++) ids.push(await stage.send(`MESSAGE-${count}.`));
  const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
  await stage.claudeTakes('p1', first.text);
  await stage.modelAnswers();
  const open = async () => (await stage.disk.list(stage.layout.inbox.cur)).length;
  expect(await open()).toBe(20);
  for (let prompts = 2; (await open()) > 0; prompts++) {
    const before = await open();
    const { text, endedMs } = await stage.run({ event: 'UserPromptSubmit', promptId: `p${prompts}`, costOf: slow });
    expect(text, 'nothing twice').toBeNull();
    expect(endedMs).toBeLessThanOrEqual(AT_MOST_MS);
    expect(await open()).toBeLessThan(before);
  }
  const outcomes = await stage.disk.list(stage.layout.inbox.outcomes);
  expect(outcomes.sort()).toEqual(ids.flatMap(id => [id, `${id}.seen`]).sort());
});

test('nothing waits for the disk between the decision what is shown and the print', async () => {
  const stage = await stageWith({});
  await stage.post('ENTRY');
  await stage.send('MESSAGE');
  const dead: CostOf = (verb, args) => (slow(verb, args) >= SYNC_MS ? 1_000_000 : 0);
  const { text, printedMs } = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', costOf: dead });
  expect(text).toContain('ENTRY');
  expect(text).toContain('MESSAGE');
  expect(printedMs).toBe(0);
});

test('a session that starts beside 3,000 drops is greeted in time', async () => {
  const stage = await hookStage();
  for (let count = 0; count < 3_000; count++) await stage.disk.create(join(board.drop, `drop-${count}`), 'x');
  stage.pass(60_000);
  const { text, endedMs } = await stage.run({ event: 'SessionStart', promptId: 'p0', costOf: slow });
  expect(text).toContain('you are "app"');
  // Its own registration is written down in any case.
  expect(endedMs).toBeLessThan(2 * limits.hookWorkMs);
});

test('where the machine is so loaded that its time is over when it begins, something of everything is done', async () => {
  const stage = await stageWith({ drops: 20, inboxDrops: 20 });
  await stage.send('BEFORE');
  const first = await stage.run({
    event: 'UserPromptSubmit',
    promptId: 'p1',
    begunMs: stage.now() - limits.hookWorkMs,
  });
  for (const words of ['DROP-0.', 'TASK-0.', 'BEFORE']) expect(first.text).toContain(words);
  await stage.claudeTakes('p1', first.text);
  await stage.modelAnswers();
  await stage.run({ event: 'Stop', promptId: 'p1', begunMs: stage.now() - limits.hookWorkMs });
  expect(await stage.disk.list(stage.layout.unproven)).toEqual([]);
});

test('on a disk that takes a second for each fsync it is broken off, and goes on at the next prompt from there', async () => {
  const verySlow: CostOf = (verb, args) => (slow(verb, args) >= SYNC_MS ? 1_000 : 0.01);
  const stage = await stageWith({ drops: 3, inboxDrops: 3 });
  let told = '';
  for (let prompts = 1; !['DROP-0.', 'DROP-2.', 'TASK-0.', 'TASK-2.'].every(words => told.includes(words)); prompts++) {
    expect(prompts, 'it gets on').toBeLessThan(60);
    const promptId = `p${prompts}`;
    const { text, endedMs } = await stage.run({ event: 'UserPromptSubmit', promptId, costOf: verySlow });
    // An fsync that had begun is waited for; what it leaves behind takes a moment.
    expect(endedMs).toBeLessThanOrEqual(limits.hookEndMs + 1_000 + limits.hookPartMs);
    told += text ?? '';
    await stage.claudeTakes(promptId, text);
    await stage.modelAnswers();
    stage.pass(60_000);
  }
});
