// The triggers of agents, on a real disk with a clock that is set, and an intake that only writes down what it was given.
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { postEntry } from '#blackboard/board/post.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { agentLayout, boardLayout, turnLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { parseSchedule } from '#runner/agents/schedule.ts';
import type { Answer } from '#runner/wake/answer.ts';
import type { Intake } from '#runner/wake/intake.ts';
import { listensFrom } from '#runner/wake/topic-trigger.ts';
import { type AgentTriggers, createTriggers, type TriggerKeys, type Triggers } from '#runner/wake/triggers.ts';
import { collectChanges } from '#runner/wake/watch-files.ts';
import { until as untilIt } from '#test/support/until.ts';
import { createFakeClock, type FakeClock, settled } from '#test/unit/fake-clock.ts';

const files = createRunnerFiles();
const NONE: TriggerKeys = { cwd: '/', schedule: [], watch: [], wakeOn: [] };
const hourly: TriggerKeys = { ...NONE, schedule: [parseSchedule('every 1h', null)] };

let root: string;
let clock: FakeClock;
let triggers: Triggers;
let received: string[];
let answer: Answer;
let listening: boolean[];
let problems: (string | null)[];

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'triggers-')), 'root');
  await makeRoot(files, root, true);
  clock = createFakeClock();
  received = [];
  listening = [];
  problems = [];
  answer = { answer: 'accepted', id: 'x', dueAt: '' };
  triggers = begin();
});
afterEach(async () => {
  await triggers[Symbol.asyncDispose]();
  rmSync(join(root, '..'), { recursive: true, force: true });
  expect(problems.filter(Boolean)).toEqual([]);
});

const begin = (): Triggers =>
  createTriggers({
    root,
    files,
    clock,
    complain: (_about, problem) => problems.push(problem),
    onListening: isListening => listening.push(isListening),
  });

async function agent(name: string, keys: TriggerKeys): Promise<AgentTriggers> {
  const layout = agentLayout(root, name);
  await files.makeDirectory(layout.home);
  const intake: Intake = {
    async submit(signal, source) {
      received.push(`${name} ${signal.type} ${source}`);
      return answer;
    },
    refuse: async () => answer,
  };
  const joined = triggers.join({ layout, intake });
  joined.take(keys);
  return joined;
}

async function post(from: string, topic: string): Promise<void> {
  const entry = { id: newId(clock.nowMs()), at: new Date(clock.nowMs()).toISOString(), from, kind: 'note' as const };
  await postEntry(files, root, { ...entry, text: 'news', topic }, { self: selfIdentity(), nowMs: clock.nowMs() });
  triggers.hintBoard();
}

const until = (what: string, look: () => boolean): Promise<boolean> =>
  untilIt(what, look, { ms: 10_000, about: () => JSON.stringify(received) });

const wokenOf = (name: string): string => {
  const path = agentLayout(root, name).woken;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

test('an agent without triggers waits for nothing, and is taken up when it gets one', async () => {
  const joined = await agent('a', NONE);
  await settled();
  expect(clock.sleepers()).toBe(0);
  joined.take(hourly);
  await until('asleep', () => clock.sleepers() === 1);
  joined.take({ ...hourly });
  joined.take(NONE);
  await until('awake', () => clock.sleepers() === 0);
  await until('forgotten', () => !existsSync(agentLayout(root, 'a').schedule));
  expect(received).toEqual([]);
});

test('one timer serves all schedules; a run that is due gives one signal, refused ones are tried again', async () => {
  for (const name of ['a', 'b', 'c']) await agent(name, hourly);
  await until('written down', () => ['a', 'b', 'c'].every(name => existsSync(agentLayout(root, name).schedule)));
  await until('asleep', () => clock.sleepers() === 1);
  answer = { answer: 'refused', code: 'rate-minute', retryAt: new Date(clock.nowMs() + 3_660_000).toISOString() };
  await clock.advance(3_600_000);
  await until('three signals', () => received.length === 3);
  await until('asleep', () => clock.sleepers() === 1);
  await clock.advance(30_000);
  await settled();
  expect(received).toHaveLength(3);
  answer = { answer: 'accepted', id: 'x', dueAt: '' };
  await clock.advance(31_000);
  await until('three more', () => received.length === 6);
  expect(new Set(received)).toEqual(new Set(['a wake schedule', 'b wake schedule', 'c wake schedule']));
});

test('an intake that says "again at once" for ever is asked again after a rest, not in the same moment', async () => {
  await agent('a', hourly);
  const asleep = () => until('asleep', () => clock.sleepers() === 1);
  await until('written down', () => existsSync(agentLayout(root, 'a').schedule));
  await asleep();
  answer = { answer: 'refused', code: 'rate-minute', retryAt: new Date(0).toISOString() };
  await clock.advance(3_600_000);
  for (let asked = 1; asked <= 3; asked++) {
    await until('asked', () => received.length === asked);
    await asleep();
    await clock.advance(limits.scheduleStepMs - 1);
    await settled();
    expect(received).toHaveLength(asked);
    await clock.advance(1);
  }
});

test('a run that comes while signals are off is over, and not made up for', async () => {
  await agent('a', hourly);
  await until('kept', () => existsSync(agentLayout(root, 'a').schedule));
  const asleep = () => until('asleep', () => clock.sleepers() === 1);
  await asleep();
  answer = { answer: 'refused', code: 'disabled' };
  await clock.advance(3_600_000);
  await until('asked', () => received.length === 1);
  answer = { answer: 'accepted', id: 'x', dueAt: '' };
  for (let each = 0; each < 4; each++) {
    await asleep();
    await clock.advance(limits.scheduleLookMs);
  }
  await asleep();
  expect(received).toEqual(['a wake schedule']);
});

test('a broken agent.md rests the triggers and forgets nothing', async () => {
  const joined = await agent('a', hourly);
  const { schedule } = agentLayout(root, 'a');
  await until('written down', () => existsSync(schedule));
  joined.take(null);
  await until('at rest', () => clock.sleepers() === 0);
  expect(existsSync(schedule)).toBe(true);
  await clock.advance(7_200_000);
  joined.take(hourly);
  await until('caught up', () => received.length === 1);
});

test('a new entry of a topic wakes who listens to it, and nobody by an entry of its own', async () => {
  await agent('a', { ...NONE, wakeOn: ['builds'] });
  await agent('b', { ...NONE, wakeOn: ['builds', 'other'] });
  await until('listening', () => wokenOf('a') !== '' && wokenOf('b') !== '');
  expect(listening).toEqual([true]);
  await post('x', 'unasked');
  await post('a', 'builds');
  await until('a signal', () => received.length > 0);
  await settled();
  expect(received).toEqual(['b wake board']);
  await post('operator', 'builds');
  await until('both', () => received.length === 3);
});

test('entries of before it listened wake nobody; those of while nobody looked do, once', async () => {
  await post('x', 'builds');
  const joined = await agent('a', { ...NONE, wakeOn: ['builds'] });
  await until('listening', () => wokenOf('a') !== '');
  const from = await listensFrom(files, agentLayout(root, 'a'));
  await joined[Symbol.asyncDispose]();
  await triggers[Symbol.asyncDispose]();
  expect(listening).toEqual([true, false]);
  triggers = begin();
  await post('x', 'builds');
  await post('x', 'builds');
  await agent('a', { ...NONE, wakeOn: ['builds'] });
  await until('a signal', () => received.length === 1);
  await until(
    'written down',
    () => wokenOf('a').includes(`"from":"${from}"`) && !wokenOf('a').includes(`"next":"${from}"`),
  );
  triggers.hintBoard();
  await settled();
  expect(received).toHaveLength(1);
});

test('of more than is read at once nobody knows the topics: it wakes, once', async () => {
  await agent('a', { ...NONE, wakeOn: ['builds'] });
  await until('listening', () => wokenOf('a') !== '');
  await post('b', 'other');
  const path = join(boardLayout(root).home, '000001.jsonl');
  const one = JSON.parse(readFileSync(path, 'utf8'));
  const lines = Array.from({ length: 110 }, () => {
    const entry = { ...one, id: newId(clock.nowMs()), text: 'x'.repeat(30_000) };
    return `${JSON.stringify(entry)}\n`;
  });
  expect(lines.join('').length).toBeGreaterThan(limits.newsBytesMax + limits.boardChunkBytes);
  appendFileSync(path, lines.join(''));
  triggers.hintBoard();
  await until('woken', () => received.length > 0);
  triggers.hintBoard();
  await settled();
  expect(received).toEqual(['a wake board']);
});

test('a refused one is tried again when it may be; switched off, it is over', async () => {
  await agent('a', { ...NONE, wakeOn: ['builds'] });
  await until('listening', () => wokenOf('a') !== '');
  answer = { answer: 'refused', code: 'rate-hour', retryAt: new Date(clock.nowMs() + 20_000).toISOString() };
  await post('x', 'builds');
  await until('refused', () => received.length === 1);
  triggers.hintBoard();
  await settled();
  expect(received).toHaveLength(1);
  answer = { answer: 'refused', code: 'disabled' };
  await until('asleep', () => clock.sleepers() === 1);
  await clock.advance(20_000);
  await until('again', () => received.length === 2);
  await until('asleep', () => clock.sleepers() === 1);
  await clock.advance(60_000);
  await settled();
  expect(received).toHaveLength(2);
});

test.each(['', '{{{', 'null', '[]', '{"from":"1:0","next":"x"}', '{"next":"1:0"}'])(
  'a record of the board that is %j is no reason to pass over what was posted meanwhile: it wakes, and says why',
  async rubbish => {
    await files.makeDirectory(agentLayout(root, 'a').home);
    await post('x', 'builds');
    writeFileSync(agentLayout(root, 'a').woken, rubbish);
    expect(await listensFrom(files, agentLayout(root, 'a')), 'until then its first turn reads from the beginning').toBe(
      '1:0',
    );
    await agent('a', { ...NONE, wakeOn: ['builds'] });
    await until('the signal', () => received.length > 0);
    await until('its place', () => JSON.parse(wokenOf('a')).next !== '1:0');
    await settled();
    expect(received).toEqual(['a wake board']);
    expect(problems.splice(0).filter(Boolean)).toEqual([
      expect.stringContaining('is not the record that agent-runner wrote'),
    ]);
  },
);

test('what its turns prove that it has seen of the board wakes it not again', async () => {
  const layout = agentLayout(root, 'a');
  await post('x', 'builds');
  const { segment, offset } = await endOfBoard(files, boardLayout(root));
  turnOf('a', 1, { ended: { board: `${segment}:${offset}` } });
  writeFileSync(layout.woken, '');
  await agent('a', { ...NONE, wakeOn: ['builds'] });
  await until('begun', () => wokenOf('a').startsWith('{"from"'));
  await settled();
  expect(received).toEqual([]);
  expect(problems.splice(0).filter(Boolean)).toHaveLength(1);
});

test.each(['', '{{{', 'null', '[]', '{"every 3600000":"x"}'])(
  'a record of the schedules that is %j: a run since the last one that a turn proves is made up for, once, and it says why',
  async rubbish => {
    const layout = agentLayout(root, 'a');
    const at = new Date(clock.nowMs() - 3 * 3_600_000).toISOString();
    turnOf('a', 1, { intent: { signals: { alone: true, taken: [{ source: 'schedule', at }] } } });
    writeFileSync(layout.schedule, rubbish);
    await agent('a', hourly);
    await until('the run', () => received.length > 0);
    await until('its record', () => readFileSync(layout.schedule, 'utf8').startsWith('{"every'));
    await settled();
    expect(received).toEqual(['a wake schedule']);
    expect(problems.splice(0).filter(Boolean)).toEqual([
      expect.stringContaining('is not the record that agent-runner wrote'),
    ]);
  },
);

/** What a turn of the agent's has left. */
function turnOf(name: string, number: number, records: { intent?: object; ended?: object }): void {
  const turn = turnLayout(agentLayout(root, name).turns, number);
  mkdirSync(turn.home, { recursive: true });
  if (records.intent) writeFileSync(turn.intent, JSON.stringify(records.intent));
  if (records.ended) writeFileSync(turn.ended, JSON.stringify(records.ended));
}

test('a changed file whose signal was refused for now is told again when it may be; what no waiting helps is not', async () => {
  const layout = agentLayout(root, 'a');
  const refusals = new Map<string, Answer>([
    ['/w/1', { answer: 'refused', code: 'rate-minute', retryAt: new Date(clock.nowMs()).toISOString() }],
    ['/w/2', { answer: 'refused', code: 'path-outside' }],
  ]);
  const intake = {
    submit: async ({ path }: { path?: string }) => {
      received.push(path!);
      const refusal = refusals.get(path!);
      refusals.delete(path!);
      return refusal ?? answer;
    },
    refuse: async () => answer,
  };
  const changes = collectChanges({ root, files, clock, complain: () => {} }, { layout, intake }, root);
  for (const path of ['/w/1', '/w/2']) changes.note(path);
  await vi.waitFor(() => expect(received).toHaveLength(3), 5_000);
  expect(received.toSorted()).toEqual(['/w/1', '/w/1', '/w/2']);
  changes.stop();
});
