import { beforeEach, expect, test } from 'vitest';
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock } from '#test/unit/fake-clock.ts';

const ROOT = '/r';
const layout = agentLayout(ROOT, 'worker');
let files: MemoryFiles;
let lines: string[];
let shown: string;
const clock = createFakeClock();
const show = async (text: string) => {
  shown += text;
};
const events = (port: Files = files, isQuiet = false) =>
  createRunnerEvents({ root: ROOT, files: port, clock, print: line => lines.push(line), isQuiet });
const typesIn = (path: string) =>
  (files.dump().find(([name]) => name === path)?.[1] ?? '').split('\n').flatMap(line => decodeEvent(line)?.type ?? []);
beforeEach(() => {
  files = createMemoryFiles(clock.nowMs);
  files.prepare(layout.home);
  lines = [];
  shown = '';
});
const ENDED: EventBody = {
  type: 'turn.ended',
  turn: 1,
  kind: 'work',
  bySignal: false,
  askers: ['operator'],
  verdict: 'answered',
  reason: null,
  costUsd: 0,
  reportedUsd: null,
  seconds: 1,
  cacheReadTokens: 0,
  cacheWrittenTokens: 0,
  cacheMissed: false,
  messages: [],
};

test('one event is a line of events.jsonl, of the transcript and of the runner', async () => {
  await events().of(layout.inbox, show)({ type: 'turn.text', turn: 1, text: 'hello' }, ENDED);
  expect(typesIn(layout.events)).toEqual(['turn.text', 'turn.ended']);
  expect(shown).toMatch(/^ {4}hello\n✔ answered/);
  expect(lines).toEqual(['worker: turn 1 for operator: answered, $0.0000, 1.0 s']);
});

test('quiet, the runner says nothing of turns, and the events are there all the same', async () => {
  const quiet = events(files, true);
  await quiet.of(layout.inbox, show)(ENDED, { type: 'agent.held', reason: 'paused' });
  expect(lines).toEqual(['worker: paused']);
  expect(typesIn(layout.events)).toEqual(['turn.ended', 'agent.held']);
});

test('who waits for an event finds its line in the log', async () => {
  const print = async (line: string) => {
    await new Promise(resolve => setImmediate(resolve)); // As a disk that takes its time.
    lines.push(line);
  };
  const slow = createRunnerEvents({ root: ROOT, files, clock, print });
  await slow.emit({ type: 'runner.started', pid: 1, root: ROOT, once: false, agents: 1 });
  expect(lines).toEqual(['agent-runner: watching /r (pid 1)']);
});

test('what nobody waited for stays in its order', async () => {
  const emit = events().of(layout.inbox, show);
  void emit({ type: 'turn.elected', turn: 1 }, { type: 'message.claimed', id: 'm', turn: 1 });
  void emit({ type: 'turn.text', turn: 1, text: 'one' });
  await emit(ENDED);
  expect(typesIn(layout.events)).toEqual(['turn.elected', 'message.claimed', 'turn.text', 'turn.ended']);
});

test('what is of no agent is in the root’s logs, and makes no directory below a root that is away', async () => {
  files.prepare(ROOT);
  const all = events();
  await all.emit({ type: 'part.failed', part: null, problem: 'nowhere' });
  expect(await files.list(ROOT)).toEqual(['agents']);
  files.prepare(rootLayout(ROOT).logs);
  lines.length = 0;
  void all.emit({ type: 'part.recovered', part: 'watching' });
  await all.emit({ type: 'agent.recovered', problem: 'full', sinceAt: 'then' });
  expect(lines).toEqual(['watching: works again', 'over: full']);
  expect(typesIn(rootLayout(ROOT).events)).toEqual(['part.recovered', 'agent.recovered']);
});

test('what cannot be written is lost, and people are told all the same', async () => {
  const full = new Proxy(files, {
    get: (target, name: keyof Files) =>
      name === 'append' ? () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : target[name],
  });
  await events(full).of(layout.inbox, show)({ type: 'agent.held', reason: 'paused' }, ENDED);
  await events(full).emit({ type: 'part.failed', part: null, problem: 'hello' });
  expect(lines).toEqual(['worker: paused', 'worker: turn 1 for operator: answered, $0.0000, 1.0 s', 'hello']);
  expect(shown).not.toBe('');
  expect(typesIn(layout.events)).toEqual([]);
});

test('a file that has grown is renamed', async () => {
  const emit = events().of(layout.inbox, show);
  await files.append(layout.events, 'x'.repeat(limits.eventsBytesMax));
  await emit({ type: 'agent.held', reason: 'paused' });
  expect(typesIn(`${layout.events}.1`)).toEqual([]);
  await emit(ENDED);
  expect(typesIn(layout.events)).toEqual(['turn.ended']);
  expect(files.dump().map(([path]) => path)).toContain(`${layout.events}.1`);
});
