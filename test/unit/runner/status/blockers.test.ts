// Whatever shows an agent, or starts its turns, says of what keeps it from its work the same words and the same next step; and that
// step is one that works. On a real disk, with the commands run in this process, which is also the runner.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AgentLayout, agentLayout, cardPaths, rootLayout, turnLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newSignalId, recordSignal } from '#blackboard/signals/pending.ts';
import { localDay, systemClock } from '#blackboard/system/clock.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { runnerMark } from '#blackboard/system/process-mark.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import { readAgent } from '#runner/agents/agent-directory.ts';
import { callOf } from '#runner/cli/call.ts';
import { run as overview } from '#runner/cli/commands/overview.ts';
import { checkAgents } from '#runner/doctor/agent-checks.ts';
import { passedOver } from '#runner/fleet/passed-over.ts';
import { readBlocker, readFacts, stateSource } from '#runner/status/agent-facts.ts';
import { brokenBlocker } from '#runner/status/blockers.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { holdOf } from '#runner/turn/gates/gates.ts';
import { paceHold } from '#runner/turn/gates/pace.ts';
import { signalWork } from '#runner/turn/signals/pending-signals.ts';
import { wholeProgram } from '#test/support/command-tree.ts';

const program = await wholeProgram();
const files = createRunnerFiles();
const SESSION = '01234567-89ab-7def-8123-456789abcdef';
let root: string;
let agent: AgentLayout;

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'ar-blockers-')), 'root');
  await makeRoot(files, root, false);
  agent = agentLayout(root, 'worker');
  for (const directory of [agent.inbox.new, agent.turns, agent.signals, work()])
    mkdirSync(directory, { recursive: true });
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('CLAUDE_CONFIG_DIR', join(root, 'claude'));
  define('');
  run();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dirname(root), { recursive: true });
});

const define = (front: string, cwd = work()) =>
  writeFileSync(agent.definition, `---\ncwd: ${cwd}\n${front}---\nDo well.\n`);
const record = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value));
const me = () => ({ identity: selfIdentity(), startedAt: new Date().toISOString() });
const mark = () => runnerMark(root, selfIdentity());
/** This process runs it. */
const run = () => {
  record(agent.runner, me());
  record(mark(), selfIdentity());
};
/** Nobody runs it. */
const rest = () => {
  rmSync(agent.runner);
  rmSync(mark());
};
const runAll = () => record(rootLayout(root).wholeRoot, me());

const work = () => join(dirname(root), 'work');

/** A turn that is over. */
function leaveTurn(number: number, ended: object = {}) {
  const turn = turnLayout(agent.turns, number);
  mkdirSync(turn.home);
  record(turn.intent, { turn: number, kind: 'work', at: new Date().toISOString(), messages: [] });
  const session = { id: SESSION, totalUsd: 0, turns: 1, contextTokens: 0, rotate: null };
  const verdict = { kind: 'answered', text: '' };
  record(turn.ended, {
    turn: number,
    at: new Date().toISOString(),
    verdict,
    messages: [],
    session,
    denials: [],
    costUsd: 0,
    ...ended,
  });
  writeFileSync(turn.closed, '');
}

const spend = (usd: number, name = 'worker') =>
  writeFileSync(
    join(rootLayout(root).costs, `${localDay(Date.now())}.jsonl`),
    `${JSON.stringify({ agent: name, turn: 1, at: new Date().toISOString(), usd })}\n`,
  );

/** What a command says on a wide terminal. */
async function said(command: () => Promise<unknown>, from = [process.stdout, process.stderr]): Promise<string> {
  let out = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation(chunk => {
      if (from.includes(stream)) out += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    });
    Object.assign(stream, { isTTY: true, columns: 10_000 });
  }
  try {
    await command();
  } finally {
    vi.restoreAllMocks();
    for (const stream of [process.stdout, process.stderr]) Object.assign(stream, { isTTY: undefined });
    process.exitCode = undefined;
  }
  return out;
}

const call = (words: string[]) => () => program.parseAsync(['--root', root, ...words], { from: 'user' });
const agentRunner = (...words: string[]) => said(call(words));
const json = async (...words: string[]) => JSON.parse(await said(call([...words, '--json']), [process.stdout]));

/** The words of the gate before a turn, or of who passes the agent over; `null`: a turn would begin. */
async function loopSays(): Promise<string | null> {
  const read = await readAgent(files, agent, process.env);
  if (read.kind !== 'usable') return read.kind === 'broken' ? brokenBlocker(agent, read).sentence : null;
  const reader = { read: () => readAgent(files, agent, process.env) };
  const over = (await passedOver({ files, root, reader, asked: [] })).get('worker');
  if (over !== undefined) return over;
  const facts = await readFacts(stateSource(root, files, process.env, Date.now()), 'worker');
  const spending = createSpendingReader(files, root);
  return (await holdOf(await context(), facts.lastTurn, { spending, fleetPerDayUsd: 20 }))?.reason ?? null;
}

/** What the gates look at. */
async function context(): Promise<AgentContext> {
  const read = await readAgent(files, agent, process.env);
  const definition = read.kind === 'usable' && read.definition;
  return { files, root, layout: agent, clock: systemClock, definition, claude: {} } as unknown as AgentContext;
}

const blocker = () => readBlocker(stateSource(root, files, process.env, Date.now()), 'worker');
const parked = (more = {}) => record(agent.parked, { code: 'auth', reason: 'Not logged in', at: '', ...more });
const HOUR = 3_600_000;
const soon = () => Date.now() + HOUR;
const RESUME = 'agent-runner resume worker';
const EDIT = 'agent-runner edit worker';

interface Case {
  what: string;
  prepare(): void;
  kind: string;
  words: RegExp;
  next: string | RegExp | null;
  /** What its loop says, where that is not the sentence of the others. */
  loop?: RegExp | null;
  /** doctor finds nothing wrong: a person has wanted it, or it passes. */
  isWell?: true;
}

const stop = () => record(agent.stop, {});
const tomorrow = `goes on by itself tomorrow; to go on today: ${RESUME} --raise <usd>`;

const CASES: Case[] = [
  {
    what: 'agent.md has a fault',
    prepare: () => define('modle: x\n'),
    kind: 'broken',
    words: /^broken: agent\.md:3: /,
    next: `mend agent.md: ${EDIT}`,
  },
  {
    what: 'it is disabled',
    prepare: () => define('enabled: false\n'),
    kind: 'disabled',
    words: /^disabled$/,
    next: `take "enabled: false" out of agent.md: ${EDIT}`,
    isWell: true,
  },
  {
    what: 'it is parked',
    prepare: () => parked(),
    kind: 'parked',
    words: /^parked: Not logged in$/,
    next: `log in (start claude, type /login), then: ${RESUME}`,
  },
  {
    what: 'it is parked until tomorrow',
    prepare: () => parked({ code: 'budget', reason: 'spent', untilMs: soon() }),
    kind: 'parked',
    words: /^parked: spent \(until .+\)$/,
    next: tomorrow,
  },
  { what: 'it is stopped', prepare: stop, kind: 'stopped', words: /^stopped$/, next: RESUME },
  {
    what: 'it is stopped, and no runner is up',
    prepare() {
      stop();
      rest();
    },
    kind: 'stopped',
    words: /^stopped$/,
    next: RESUME,
  },
  {
    what: 'it is stopped, and a runner of all agents is up',
    prepare() {
      stop();
      rest();
      runAll();
    },
    kind: 'stopped',
    words: /^stopped$/,
    next: RESUME,
  },
  {
    what: 'it is paused',
    prepare: () => writeFileSync(agent.pause, ''),
    kind: 'paused',
    words: /^paused$/,
    next: RESUME,
  },
  {
    what: 'all are paused',
    prepare: () => writeFileSync(rootLayout(root).pause, ''),
    kind: 'paused',
    words: /^paused \(all agents\)$/,
    next: 'agent-runner resume',
  },
  {
    what: 'nobody runs it',
    prepare: rest,
    kind: 'not-running',
    words: /^not running$/,
    next: 'agent-runner start worker',
    loop: null,
    isWell: true,
  },
  {
    what: 'a runner of all agents is about to take it up',
    prepare() {
      rest();
      runAll();
    },
    kind: 'not-running',
    words: /^not running$/,
    next: null,
    loop: null,
    isWell: true,
  },
  {
    what: 'the API is overloaded',
    prepare: () => leaveTurn(1, { retryAtMs: soon(), verdict: { kind: 'temporary', reason: 'overloaded' } }),
    kind: 'backing-off',
    words: /^backing off until .*: overloaded$/,
    next: null,
    isWell: true,
  },
  {
    what: 'a call of its last turn waits for a person',
    prepare() {
      const id = '01234567-89ab-7def-8123-456789abcdef';
      leaveTurn(1, { verdict: { kind: 'deferred', reason: 'it waits' }, deferred: { card: id, messages: [] } });
      mkdirSync(rootLayout(root).cards);
      const untilAt = new Date(soon()).toISOString();
      const asked = { id, kind: 'permission', peer: 'worker', life: '', turn: 1, message: null, tool: 'Bash' };
      const about = { input: '{}', inputChars: 2, reason: null, rules: [], questions: [] };
      record(cardPaths(root, id).card, { ...asked, ...about, at: untilAt, untilAt });
    },
    kind: 'asking',
    words: /^asking you, until /,
    next: 'agent-runner approvals',
  },
  {
    what: 'its directory is away',
    prepare: () => define('', '/no/such'),
    kind: 'held',
    words: /^held: cwd \/no\/such does not exist or cannot be entered$/,
    next: /\(agent-runner edit worker\)$/,
  },
  {
    what: 'the turns of the hour are used up',
    prepare() {
      define('maxTurnsPerHour: 1\n');
      leaveTurn(1);
    },
    kind: 'held',
    words: /^held: maxTurnsPerHour \(1\) is reached, until /,
    next: null,
  },
  {
    what: 'the money of the day is spent',
    prepare: () => spend(6),
    kind: 'held',
    words: /^held: budget\.perDayUsd \(\$5\) is spent for today \(until .+\)$/,
    next: tomorrow,
    // Who would start the turn parks the agent.
    loop: /^parked: budget\.perDayUsd \(\$5\) is spent for today \(until .+\); goes on by itself tomorrow/,
  },
  ...['perDayUsd: 20 # for now', '"perDayUsd": 2e1'].map((line, at) => ({
    what: `the money of all agents is spent, and config.yaml says so in its ${at === 0 ? 'usual' : 'own'} way`,
    prepare() {
      writeFileSync(rootLayout(root).config, `${line}\n`);
      spend(20, 'another');
    },
    kind: 'held',
    words: /^held: perDayUsd of config\.yaml \(\$20\) is spent for today \(until .+\)$/,
    next: 'goes on by itself tomorrow; to go on today: agent-runner resume --raise <usd>',
    loop: /^parked: perDayUsd of config\.yaml \(\$20\) is spent for today \(until .+\); goes on by itself tomorrow/,
  })),
];

describe.each(CASES)('$what', ({ prepare, kind, words, next, loop, isWell }) => {
  test('list, status, send, trace, the overview, doctor and the loop say it in the same words, with the same next step', async () => {
    const id = /[0-9a-f-]{36}/.exec(await agentRunner('send', 'worker', 'do it'))![0];
    prepare();
    const found = (await blocker())!;
    expect(found).toMatchObject({ kind, words: expect.stringMatching(words) });
    if (next instanceof RegExp) expect(found.next).toMatch(next);
    else expect(found.next).toBe(next);
    expect((await json('list'))[0]).toMatchObject({ state: kind, detail: found.words });
    expect(await agentRunner('list')).toContain(found.words);
    const status = await agentRunner('status', 'worker');
    expect(/^ *state +(.*)$/m.exec(status)?.[1]).toBe(found.words);
    expect(/^ *next +(.*)$/m.exec(status)?.[1] ?? null).toBe(found.next);
    expect(await agentRunner('send', 'worker', 'and that')).toContain(
      `the message waits: worker is ${found.sentence}\n`,
    );
    expect((await json('trace', id)).waits).toBe(`worker is ${found.sentence}`);
    expect(await agentRunner('trace', id)).toContain(`it waits: worker is ${found.sentence}\n`);
    const all = await said(() => overview(callOf({ root })));
    expect(all).toContain(found.words);
    expect(all.includes('no runner is up')).toBe(kind === 'not-running' && next !== null);
    const facts = await readFacts(stateSource(root, files, process.env, Date.now()), 'worker');
    const [check] = await checkAgents(files, root, [facts]);
    const told = { sentence: `worker is ${found.words}`, mend: found.next ?? 'agent-runner status worker' };
    expect(check).toMatchObject(isWell ? { ok: true } : told);
    if (loop === undefined) expect(await loopSays()).toBe(found.sentence);
    else if (loop === null) expect(await loopSays()).toBeNull();
    else expect(await loopSays()).toMatch(loop);
  });
});

test('signals that are off hold an agent for which nothing else waits, and no message', async () => {
  const signal = { type: 'wake' as const, id: newSignalId(), at: new Date().toISOString(), source: 'socket' };
  await recordSignal(files, agent.signals, signal, Date.now());
  expect((await json('list'))[0]).toMatchObject({ state: 'idle' });
  await agentRunner('signals', 'off');
  expect((await json('list'))[0]).toMatchObject({ state: 'held', detail: 'held: signals are off' });
  expect(await agentRunner('status', 'worker')).toMatch(/^ *next +agent-runner signals on$/m);
  expect(await said(() => overview(callOf({ root })))).toContain('held: signals are off');
  expect((await signalWork(await context(), async () => 0)).hold?.reason).toBe(
    'held: signals are off; to go on: agent-runner signals on',
  );
  expect(await agentRunner('send', 'worker', 'a message')).not.toContain('waits');
  rmSync(agent.inbox.new, { recursive: true });
  await runNext('agent-runner signals on');
  expect((await json('list'))[0]).toMatchObject({ state: 'idle' });
});

test('work of low priority that waits for the plan is told in the words of its gate; other work is not held', async () => {
  writeFileSync(rootLayout(root).config, 'pace:\n  window: 0.5\n');
  mkdirSync(rootLayout(root).probes, { recursive: true });
  const windows = [{ name: 'five_hour', used: 0.6, resetsAt: new Date(soon()).toISOString() }];
  record(rootLayout(root).plan, { at: new Date().toISOString(), windows });
  const gate = await paceHold(await context(), 0.5);
  expect(await agentRunner('send', 'worker', 'some time', '--priority', 'low')).toContain(gate?.reason);
  const [{ id }] = (await json('inbox', 'worker')) as [{ id: string }];
  expect(await json('trace', id)).toMatchObject({ waits: expect.stringContaining(gate!.reason) });
  expect(gate?.reason).toContain('60 % of the plan');
  expect((await json('list'))[0]).toMatchObject({ state: 'held', detail: gate?.reason });
  expect(await agentRunner('status', 'worker')).toMatch(/^ *plan +five_hour 60 % until /m);
  expect(await json('status', 'worker')).toMatchObject({ plan: { windows } });
  expect(await agentRunner('send', 'worker', 'now')).not.toContain('held');
  expect((await json('list'))[0]).toMatchObject({ state: 'idle' });
});

/** Runs the command that a next step names, as it stands there. */
async function runNext(next: string): Promise<void> {
  const words = /agent-runner ([^;()]*)\)?$/.exec(next)![1]!.replace('<usd>', '200').split(' ');
  await agentRunner(...words);
}

describe('the next step is a command that works', () => {
  // Approvals shows the answers there are: which of them is a person's choice.
  const isDone = (next: Case['next']) => next !== null && !/agent-runner (start|approvals)/.test(String(next));
  const withCommand = CASES.filter(({ next }) => isDone(next));
  test.each(withCommand)('where $what', async ({ prepare }) => {
    const editor = join(work(), 'editor');
    const change = `/enabled/d;/modle/d;s#^cwd:.*#cwd: ${work()}#`;
    writeFileSync(editor, `#!/bin/sh\nsed '${change}' "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"\n`, {
      mode: 0o700,
    });
    vi.stubEnv('VISUAL', editor);
    prepare();
    await runNext((await blocker())!.next!);
    // With a runner up nothing is in the way any more; without one that is what is said next.
    expect([undefined, 'not-running']).toContain((await blocker())?.kind);
  });
});
