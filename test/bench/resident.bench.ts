/**
 * Turns of a resident claude, and of one-shot ones, with the real claude and an instant model on loopback: beside a claude that a
 * script of twenty lines feeds, the bash loop, and the build that AGENT_RUNNER_BENCH_BESIDE names (its cli.js). What is compared
 * is measured in turn, in one run. Prints ratios, and fails for none of them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { newId } from '#blackboard/system/ids.ts';
import { isAliveSync } from '#blackboard/system/process-identity.ts';
import { parseChild } from '#blackboard/turns/turns.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, type TestAgent } from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { until } from '#test/support/until.ts';
import { benchRoot, cli, end, percentile, report, startUntil, usageOf } from './fleet.ts';

const BESIDE = process.env.AGENT_RUNNER_BENCH_BESIDE;
const BUILD = resolve(cli);
const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 30);
const TURNS = Number(process.env.AGENT_RUNNER_BENCH_TURNS ?? 200);
/** Rounds before the measured ones: programs are in memory then. */
const WARM = 3;
/** A way rests that long between its turns: nothing of the last one is still at work. */
const REST_MS = 150;
const HOUR_MS = 3_600_000;

const CONFIG = { perDayUsd: 100_000, maxConcurrentTurns: 32 };
const FRONT = { maxTurnsPerHour: 1_000_000, budget: { perDayUsd: 10_000 } };

/** One way to get from a start to an answer: milliseconds of what is measured. */
type Way = (round: number) => Promise<number>;

/** Runs the ways in turn, round after round; the figures of each. */
async function inTurn<Name extends string>(ways: Record<Name, Way>): Promise<Record<Name, number[]>> {
  const names = Object.keys(ways) as Name[];
  const found = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -WARM; round < SAMPLES; round++)
    for (const name of names) {
      const ms = await ways[name](round + WARM);
      if (round >= 0) found[name].push(ms);
      await pause(REST_MS);
    }
  return found;
}

const figure = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5).toFixed(1)} ms, p95 ${percentile(values, 0.95).toFixed(1)} ms (n ${values.length})`;
const ratio = (a: readonly number[], b: readonly number[]): string =>
  `${(percentile(a, 0.5) / percentile(b, 0.5)).toFixed(3)} x`;

/** Prints each way, and the ratios that have a target. */
function tell(
  what: string,
  found: Record<string, number[]>,
  targets: readonly [way: string, base: string, target: string][],
): void {
  for (const [name, values] of Object.entries(found)) report(`${what}: ${name}`, figure(values));
  for (const [way, base, target] of targets)
    if (found[way] && found[base]) report(`${what}: ${way} : ${base}`, `${ratio(found[way], found[base])} (${target})`);
}

/** A place with its runner, of the build `by`. The model answers at once. */
interface House extends AsyncDisposable {
  fixture: AgentFixture;
  pid: number;
  env: Record<string, string>;
  agent(name: string, front?: Record<string, unknown>): Promise<TestAgent>;
  /** When the next request reaches the model. */
  nextRequest(): Promise<number>;
}

async function house(by: string = BUILD, config: Record<string, unknown> = {}): Promise<House> {
  const fixture = await agentFixture({ config: { ...CONFIG, ...config } });
  const waiting: ((at: number) => void)[] = [];
  fixture.server.use(() => {
    waiting.shift()?.(performance.now());
    return text('well done');
  });
  const env = { ...fixture.place.env, AGENT_RUNNER_HOME: fixture.root };
  const runner = fixture.place.start({ executable: process.execPath, args: [by, 'start'], env });
  let said = '';
  runner.child.stderr.on('data', (piece: Buffer) => {
    said += piece;
  });
  await until('the runner', () => said.includes('watching'), { about: () => said });
  return {
    fixture,
    pid: runner.pid,
    env,
    agent: (name, front = {}) => fixture.agent(name, { front: { ...FRONT, ...front } }),
    nextRequest: () => new Promise(resolve => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      process.kill(runner.pid, 'SIGTERM');
      await runner.ended;
      await fixture[Symbol.asyncDispose]();
    },
  };
}

/** Where a message is staged before it is renamed into place: on the same disk, outside of the root. */
const stagedIn = ({ fixture }: House): string => join(fixture.place.root, 'staged');

function stageMessage(place: House): [path: string, name: string] {
  const [id, at] = [newId(Date.now()), new Date().toISOString()];
  const message = { id, from: 'operator', kind: 'request' as const, at, trace: id, hops: 0, body: 'hello' };
  writeFileSync(stagedIn(place), encodeMessage(message));
  return [stagedIn(place), `${Date.now()}-${id}`];
}

const isClosed = ({ layout }: TestAgent, turn: number) => existsSync(turnLayout(layout.turns, turn).closed);
const isOver = (agent: TestAgent, turn: number) => until(`turn ${turn}`, () => isClosed(agent, turn));

/** Milliseconds from what `put` does to the request; the turn is over when this returns. */
const toRequest =
  (place: House, agent: TestAgent, put: () => void): Way =>
  async () => {
    const turn = (agent.turns().at(-1) ?? 0) + 1;
    const asked = place.nextRequest();
    const from = performance.now();
    put();
    const took = (await asked) - from;
    await isOver(agent, turn);
    return took;
  };

/** A message renamed into the agent's new. */
const byName = (place: House, agent: TestAgent): Way => {
  let staged: [string, string];
  const way = toRequest(place, agent, () => renameSync(staged[0], join(agent.layout.inbox.new, staged[1])));
  return round => {
    staged = stageMessage(place);
    return way(round);
  };
};

/** A file dropped into the inbox: renamed into place, or written there. */
const byDrop = (place: House, agent: TestAgent, isRenamed: boolean): Way => {
  let dropped = 0;
  return async round => {
    const path = join(agent.layout.inbox.inbox, `task-${++dropped}.md`);
    if (isRenamed) {
      writeFileSync(stagedIn(place), 'hello\n');
      // As any script: written by one process, renamed by the next.
      await pause(10);
    }
    const put = () => (isRenamed ? renameSync(stagedIn(place), path) : writeFileSync(path, 'hello\n'));
    return toRequest(place, agent, put)(round);
  };
};

/** The twenty lines: a name in new/ is written as one line to a claude that stays. */
const FEEDER = `
const { readFileSync, renameSync, watch } = require('node:fs');
const { randomUUID } = require('node:crypto');
const [claude, inbox] = process.argv.slice(1);
const args = ['-p', '--verbose', '--input-format', 'stream-json', '--output-format', 'stream-json'];
const child = require('node:child_process').spawn(claude, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const busy = [];
watch(inbox + '/new', (_event, name) => {
  let content;
  try { content = readFileSync(inbox + '/new/' + name, 'utf8'); } catch { return; }
  const line = { type: 'user', message: { role: 'user', content }, uuid: randomUUID() };
  busy.push(name);
  child.stdin.write(JSON.stringify(line) + '\\n');
});
let said = '';
child.stdout.on('data', piece => {
  said += piece;
  if (!said.includes('"type":"result"')) return;
  said = '';
  const name = busy.shift();
  renameSync(inbox + '/new/' + name, inbox + '/done/' + name);
});
process.stdin.resume().on('end', () => child.stdin.end());
console.error('Watches established');`;

const LOOP = `
inotifywait -m -e moved_to --format %f "$1/new" | while read -r f; do
  claude -p --resume "$2" < "$1/new/$f" > "$1/out" && mv "$1/new/$f" "$1/done/"
done`;

/** A loop of somebody else's over new/ and done/: milliseconds to the request. */
function byLoop(place: House, inbox: string): Way {
  let dropped = 0;
  return async () => {
    const name = `task-${++dropped}`;
    writeFileSync(stagedIn(place), 'hello\n');
    const asked = place.nextRequest();
    const from = performance.now();
    renameSync(stagedIn(place), join(inbox, 'new', name));
    const took = (await asked) - from;
    await until('the end of its turn', () => readdirSync(join(inbox, 'done')).includes(name));
    return took;
  };
}

function inboxOf(place: House, name: string): string {
  const inbox = join(place.fixture.place.root, name);
  for (const directory of ['new', 'done']) mkdirSync(join(inbox, directory), { recursive: true });
  return inbox;
}

/** Starts a loop; it ends by its stdin, or by its group. */
async function startLoop(place: House, command: string, args: string[], env: Record<string, string> = {}) {
  const { cwd } = place.fixture.place;
  const child = spawn(command, args, {
    cwd,
    env: { ...place.env, ...env },
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await new Promise<void>(resolve => {
    child.stderr.on('data', (piece: Buffer) => {
      if (String(piece).includes('Watches established')) resolve();
    });
  });
  return child;
}

async function stopLoop(child: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await gone;
}

/** A conversation that `--resume` knows; its id. */
async function bareSession({ fixture }: House): Promise<string> {
  const id = randomUUID();
  await fixture.place.run({ executable: realClaudePath(), args: ['-p', '--session-id', id], prompt: 'hello' });
  return id;
}

/** A whole command, in milliseconds. */
const command =
  (place: House, executable: string, args: string[]): Way =>
  () => {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(executable, args, {
        cwd: place.fixture.place.cwd,
        env: place.env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (piece: Buffer) => {
        said += piece;
      });
      child.once('close', code =>
        said.includes('well done') ? resolve(performance.now() - from) : reject(new Error(`${code}: ${said}`)),
      );
    });
  };

test('a name in new, a file dropped → the model has the request', { timeout: HOUR_MS }, async () => {
  await using mine = await house();
  await using other = BESIDE === undefined ? null : await house(BESIDE);
  const session = await bareSession(mine);
  const [fed, looped] = [inboxOf(mine, 'fed'), inboxOf(mine, 'looped')];
  const feeder = await startLoop(mine, process.execPath, ['-e', FEEDER, realClaudePath(), fed]);
  const loop = await startLoop(mine, 'bash', [
    '-c',
    LOOP.replaceAll('claude', realClaudePath()),
    'bash',
    looped,
    session,
  ]);
  try {
    const stays = await mine.agent('stays', { resident: true });
    const once = await mine.agent('once', { resident: false });
    const others = other && (await other.agent('once'));
    const found = await inTurn<string>({
      resident: byName(mine, stays),
      'bare resident': byLoop(mine, fed),
      'one-shot': byName(mine, once),
      'bash loop': byLoop(mine, looped),
      'one-shot, renamed drop': byDrop(mine, once, true),
      'one-shot, written drop': byDrop(mine, once, false),
      'resident, renamed drop': byDrop(mine, stays, true),
      ...(other && others
        ? {
            'other build': byName(other, others),
            'other build, renamed drop': byDrop(other, others, true),
          }
        : {}),
    });
    tell('→ request', found, [
      ['resident', 'other build', '<= 0.125'],
      ['resident', 'bare resident', '<= 1.6'],
      ['one-shot, renamed drop', 'bash loop', '<= 1.15'],
      ['one-shot, written drop', 'bash loop', 'the renamed one and its settling'],
      ['one-shot', 'bash loop', 'no target'],
      ['one-shot, renamed drop', 'other build, renamed drop', 'no target'],
    ]);
  } finally {
    await stopLoop(feeder);
    await stopLoop(loop);
  }
});

test('ask → printed reply, as a whole command', { timeout: HOUR_MS }, async () => {
  await using mine = await house();
  await using other = BESIDE === undefined ? null : await house(BESIDE);
  const session = await bareSession(mine);
  await mine.agent('stays', { resident: true });
  await mine.agent('once', { resident: false });
  await other?.agent('once');
  const found = await inTurn<string>({
    resident: command(mine, process.execPath, [BUILD, 'ask', 'stays', 'hello']),
    'one-shot': command(mine, process.execPath, [BUILD, 'ask', 'once', 'hello']),
    'claude -p --resume': command(mine, realClaudePath(), ['-p', '--resume', session, 'hello']),
    ...(other ? { 'other build': command(other, process.execPath, [BESIDE!, 'ask', 'once', 'hello']) } : {}),
  });
  tell('ask', found, [
    ['resident', 'claude -p --resume', '<= 0.45'],
    ['one-shot', 'claude -p --resume', '<= 1.2'],
    ['other build', 'claude -p --resume', 'no target'],
  ]);
});

test('a name in new → the process of its turn has started', { timeout: HOUR_MS }, async () => {
  const builds = { 'this build': BUILD, ...(BESIDE === undefined ? {} : { 'other build': BESIDE }) };
  const ended: (() => Promise<void>)[] = [];
  const ways: Record<string, Way> = {};
  for (const [name, build] of Object.entries(builds)) {
    const bench = benchRoot(1, [build]);
    const runner = await startUntil(process.execPath, [build, 'start'], bench.env, 'watching');
    ended.push(async () => {
      await end(runner);
      bench[Symbol.dispose]();
    });
    const home = join(bench.root, 'agents', 'a0');
    ways[name] = async round => {
      const [id, at] = [newId(Date.now()), new Date().toISOString()];
      const message = { id, from: 'operator', kind: 'request' as const, at, trace: id, hops: 0, body: 'hello' };
      writeFileSync(join(bench.base, 'message'), encodeMessage(message));
      const started = bench.nextStart();
      const from = performance.now();
      renameSync(join(bench.base, 'message'), join(home, 'inbox', 'new', `${Date.now()}-${id}`));
      const took = (await started) - from;
      const closed = join(home, 'turns', String(round + 1).padStart(6, '0'), 'closed');
      await until('its end', () => existsSync(closed));
      return took;
    };
  }
  tell('→ process', await inTurn(ways), [['this build', 'other build', '<= 0.6']]);
  for (const each of ended) await each();
});

test(`${TURNS} turns through one resident`, { timeout: HOUR_MS }, async () => {
  await using mine = await house();
  const agent = await mine.agent('stays', { resident: { maxTurns: TURNS + 10 } });
  const ms: number[] = [];
  const rssMb: number[] = [];
  // The first one starts the process.
  for (let turn = 1; turn <= TURNS + 1; turn++) {
    const [staged, name] = stageMessage(mine);
    const from = performance.now();
    renameSync(staged, join(agent.layout.inbox.new, name));
    while (!isClosed(agent, turn)) await pause(1);
    if (turn > 1) ms.push(performance.now() - from);
    if (turn % (TURNS / 10) === 1) rssMb.push(usageOf(mine.pid).rssMb);
    await pause(20);
  }
  const [first, last] = [ms.slice(0, 10), ms.slice(-10)];
  const pids = new Set(await Promise.all([2, TURNS].map(turn => agent.childPid(turn))));
  report(`${TURNS} turns, ${pids.size} process`, `first ten ${figure(first)}, last ten ${figure(last)}`);
  report('the last ten : the first ten', `${ratio(last, first)} (<= 1.2)`);
  report('RSS of the runner, MB, after each tenth', `${rssMb.map(mb => mb.toFixed(0)).join(' ')} (flat)`);
});

/** PSS and RSS in MB. */
function memoryOf(pid: number): string {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const mb = (key: string) => (Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)![1]) / 1024).toFixed(0);
  return `RSS ${mb('Rss')} MB, PSS ${mb('Pss')} MB`;
}

test('memory: four residents and the runner; the cap under 20 agents', { timeout: HOUR_MS }, async () => {
  const max = 4;
  await using mine = await house(BUILD, { maxResidents: max, maxConcurrentTurns: 8 });
  const agents: TestAgent[] = [];
  for (let at = 0; at < 20; at++) agents.push(await mine.agent(`a${at}`, { resident: true }));
  const residentsNow = () => {
    const pids = new Set<number>();
    for (const agent of agents)
      for (const turn of agent.turns()) {
        const { child, intent } = turnLayout(agent.layout.turns, turn);
        if (!existsSync(child) || !existsSync(intent) || agent.intent(turn).resident === undefined) continue;
        const { identity } = parseChild(readFileSync(child, 'utf8'));
        if (isAliveSync(identity)) pids.add(identity.pid);
      }
    return pids;
  };
  for (const agent of agents.slice(0, max)) {
    await agent.send('hello');
    await isOver(agent, 1);
  }
  report('memory of the runner', memoryOf(mine.pid));
  for (const pid of residentsNow()) report('memory of a resident', memoryOf(pid));
  const ids = await Promise.all(
    agents.flatMap(agent => [1, 2, 3].map(async () => [agent, await agent.send('hello')] as const)),
  );
  let most = 0;
  let isDone = false;
  const watching = (async () => {
    for (; !isDone; await pause(20)) most = Math.max(most, residentsNow().size);
  })();
  const from = performance.now();
  for (const [agent, id] of ids) await until(`${id}`, () => agent.outcome(id), { ms: HOUR_MS });
  const seconds = (performance.now() - from) / 1000;
  isDone = true;
  await watching;
  report(`residents at once, 20 agents, ${ids.length} turns in ${seconds.toFixed(1)} s`, `${most} (cap ${max})`);
});
