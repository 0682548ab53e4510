// Two containers on one root: pid namespaces of one kernel, as unshare(1) makes them. The fake claude; the real one where its handling of what it inherits matters.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootLayout, turnLayout } from '#blackboard/layout.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, cliPath, gate } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { whyNot } from '#test/support/why-not.ts';

const UNSHARE = ['--pid', '--fork', '--mount-proc', '--kill-child'] as const;
const unable = whyNot('unshare', ...UNSHARE, 'flock', '--version');

/** A container's first process: a runner, which dies when the test says so; the container itself lives until it says that, too. */
const CONTAINER = `
  "$@" & runner=$!
  until [ -e "$SAY/kill-runner" ]; do sleep 0.05; done
  kill -KILL $runner; wait $runner
  : > "$SAY/killed"
  until [ -e "$SAY/end" ]; do sleep 0.05; done
`;

function container(f: AgentFixture) {
  const args = [...UNSHARE, 'sh', '-c', CONTAINER, 'sh', process.execPath, cliPath, 'start'];
  const { ended } = f.place.start({ executable: 'unshare', args, env: { SAY: f.place.root } });
  return {
    /** Its runner alone is killed, and longer ago than a mark counts. */
    async losesRunner() {
      writeFileSync(join(f.place.root, 'kill-runner'), '');
      await f.until('the runner there is dead', () => existsSync(join(f.place.root, 'killed')));
      const { runners } = rootLayout(f.root);
      for (const name of readdirSync(runners)) utimesSync(join(runners, name), 0, 0);
    },
    async ends() {
      writeFileSync(join(f.place.root, 'end'), '');
      await ended;
    },
  };
}

/** An agent whose first turn runs in a container until it ends; each later one answers. */
async function runningThere() {
  const f = await agentFixture({ config: { claude: fakeClaudePath() } });
  const never = gate();
  let asked = 0;
  const worker = await f.agent('worker', {
    script: async () => {
      if (asked++ === 0) await never.opened;
      return text('done here');
    },
  });
  const id = await worker.send('count the files');
  const there = container(f);
  await f.until('the turn there has asked the model', () => worker.requests().length === 1);
  const turn = turnLayout(worker.layout.turns, 1);
  return { f, worker, id, there, turn, open: () => never.open() };
}

test.skipIf(unable !== null)(
  `a turn of another container is waited for, also when its runner is gone, and the end of the container is noticed${unable ? `: ${unable}` : ''}`,
  async () => {
    const { f, worker, id, there, open } = await runningThere();
    await using _f = f;
    for (const words of [['start'], ['start', 'worker'], ['stop'], ['stop', 'worker', '--now'], ['cancel', 'worker']]) {
      const end = await f.command(...words);
      expect(end, words.join(' ')).toMatchObject({ code: 75 });
      expect(end.stderr).toMatch(/pid \d+ in another container or host/);
    }
    await f.command('resume', 'worker');
    expect((await f.command('list')).stdout).toMatch(/worker .*busy: turn 1/);
    await there.losesRunner();
    const once = await f.command('start', '--once');
    expect(once).toMatchObject({ code: 1 });
    expect(once.stderr).toMatch(/skipped worker: held: turn 1 runs as pid \d+ in another container or host/);
    expect((await f.command('status', 'worker')).stdout).toMatch(/held: turn 1 runs as pid \d+ in another container/);
    expect(worker.turns()).toEqual([1]);
    await there.ends();
    expect(await f.command('start', '--once')).toMatchObject({ code: 0 });
    expect(await worker.outcome(id)).toMatchObject({ outcome: 'replied' });
    expect(worker.requests()).toHaveLength(2);
    open();
  },
);

test.skipIf(unable !== null)(
  'control: with identities that do not say where, a second turn runs beside the first',
  async () => {
    const { f, worker, there, turn, open } = await runningThere();
    await using _f = f;
    await there.losesRunner();
    writeFileSync(turn.child, readFileSync(turn.child, 'utf8').replace(/ \d+@.*\n/, '\n'));
    await f.command('start', '--once');
    expect(worker.turns()).toEqual([1, 2]);
    expect(worker.requests()).toHaveLength(2);
    await there.ends();
    open();
  },
);

const noFlock = whyNot('flock', '--version');

test.skipIf(noFlock !== null)(
  `the real claude keeps the lock that it inherits until it ends${noFlock ? `: ${noFlock}` : ''}`,
  async () => {
    await using f = await agentFixture();
    const answers = gate();
    const worker = await f.agent('worker', {
      script: async () => {
        await answers.opened;
        return text('done');
      },
    });
    const id = await worker.send('count the files');
    const turn = turnLayout(worker.layout.turns, 1);
    const isFree = () => spawnSync('flock', ['-n', '-s', turn.home, 'true']).status === 0;
    const once = f.command('start', '--once');
    await f.until('claude has asked the model', () => worker.requests().length === 1);
    expect(isFree()).toBe(false);
    answers.open();
    expect(await worker.answer(id)).toBe('done');
    expect(await once).toMatchObject({ code: 0 });
    expect(isFree()).toBe(true);
  },
);
