// The commands around an agent, as processes of their own: init, add, list, status, tail, stop, resume. The fake claude runs
// where a claude must.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { type AgentFixture, fixtureForEach } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { apiError } from '#test/support/model/failures.ts';

let fixture: AgentFixture;
fixtureForEach({ config: { claude: fakeClaudePath(), stopGraceSeconds: 20 } }, made => {
  fixture = made;
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const ESC = '\u001b';
const escapes = (text: string) => text.includes(ESC);

/** What `list --json` says of an agent. */
async function listed(name: string) {
  const { stdout } = await fixture.command('list', '--json');
  return (JSON.parse(stdout) as { name: string; state: string; detail: string; waiting: number }[]).find(
    each => each.name === name,
  );
}

const untilListed = (name: string, state: string) =>
  fixture.until(`${name} to be ${state}`, async () => {
    const found = await listed(name);
    return found?.state === state && found;
  });

async function statusOf(name: string) {
  const { code, stdout } = await fixture.command('status', name, '--json');
  return { code, ...JSON.parse(stdout) };
}

const isAlive = (pid: number) => identifySync(pid) !== null;

describe('init', () => {
  const init = (root: string, ...more: string[]) => fixture.command('--root', root, 'init', ...more);

  it('makes directories for the owner alone, says what to do next, and changes nothing when repeated', async () => {
    const root = join(fixture.place.home, 'deep', 'state');
    const first = await init(root);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`Made the root ${root}`);
    expect(first.stdout).toContain('agent-runner add reviewer --cwd');
    for (const path of [root, ...readdirSync(root, { recursive: true }).map(name => join(root, String(name)))])
      expect([path, modeOf(path)]).toEqual([path, statSync(path).isDirectory() ? '700' : '600']);
    const before = readdirSync(root, { recursive: true }).sort();
    const second = await init(root);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain(`Found the root ${root}`);
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before);
  });

  it('shuts a directory that others could read', async () => {
    const root = join(fixture.place.home, 'readable');
    mkdirSync(root);
    chmodSync(root, 0o755);
    const { code, stdout } = await init(root);
    expect(code).toBe(0);
    expect(stdout).toContain('others could read it');
    expect(modeOf(root)).toBe('700');
  });

  it('refuses a root that others can write in, and puts nothing into it', async () => {
    const root = join(fixture.place.home, 'shared');
    mkdirSync(root);
    chmodSync(root, 0o777);
    const { code, stderr } = await init(root);
    expect(code).toBe(77);
    expect(stderr).toContain(`Shut it: chmod 700 ${root}`);
    expect(readdirSync(root)).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)(
    'refuses a root that belongs to somebody else, as every command does',
    async () => {
      const root = join(fixture.place.home, 'theirs');
      expect((await init(root)).code).toBe(0);
      chownSync(root, 65534, 65534);
      for (const command of ['init', 'list']) {
        const { code, stderr } = await fixture.command('--root', root, command);
        expect(code).toBe(77);
        expect(stderr).toContain('belongs to uid 65534, not to you');
      }
    },
  );

  it('refuses a directory full of other things', async () => {
    const root = join(fixture.place.home, 'project');
    mkdirSync(root);
    writeFileSync(join(root, 'package.json'), '{}');
    const { code, stderr } = await init(root);
    expect(code).toBe(77);
    expect(stderr).toContain('package.json');
    expect(readdirSync(root)).toEqual(['package.json']);
  });

  it('--force-filesystem is remembered in config.yaml, and does not touch one that is there', async () => {
    const root = join(fixture.place.home, 'forced');
    expect((await init(root, '--force-filesystem')).code).toBe(0);
    const { config } = rootLayout(root);
    expect(readFileSync(config, 'utf8')).toBe('filesystem: forced\n');
    expect(modeOf(config)).toBe('600');
    writeFileSync(config, 'perDayUsd: 3\n');
    const again = await init(root, '--force-filesystem');
    expect(again.stdout).toContain('filesystem: forced');
    expect(readFileSync(config, 'utf8')).toBe('perDayUsd: 3\n');
  });
});

describe('add', () => {
  const add = (...args: string[]) => fixture.command('add', ...args, '--cwd', fixture.place.cwd);
  const textOf = (name: string) => readFileSync(agentLayout(fixture.root, name).definition, 'utf8');

  it('makes an agent from the worker template, whole and private, and says what to do next', async () => {
    const { code, stdout, stderr } = await add('builder');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('template worker');
    expect(stdout).toContain(`cp task.md ${agentLayout(fixture.root, 'builder').inbox.inbox}`);
    expect(textOf('builder')).toContain(`cwd: ${fixture.place.cwd}`);
    expect(textOf('builder')).toContain('permissionMode: acceptEdits');
    const { home, definition, inbox } = agentLayout(fixture.root, 'builder');
    expect([home, inbox.inbox, inbox.new, definition].map(modeOf)).toEqual(['700', '700', '700', '600']);
    expect(readdirSync(home).filter(name => name.includes('tmp-'))).toEqual([]);
  });

  it.each(['reviewer', 'tester', 'planner', 'watcher'])('%s takes the template of its name', async name => {
    expect((await add(name)).stdout).toContain(`template ${name}`);
    expect(await listed(name)).toMatchObject({ state: 'not-running', permissionMode: 'manual' });
  });

  it('lets options override the template, relative directories becoming absolute', async () => {
    const { code } = await fixture.command(
      ...['add', 'careful', '--template', 'reviewer', '--cwd', 'src/..', '--model', 'opus', '--effort', 'high'],
      ...['--permission-mode', 'plan', '--allowed-tools', 'Bash(npm test)', 'WebFetch', '--disallowed-tools', 'Edit'],
      ...['--add-dir', '../docs', '--per-turn-usd', '0.5', '--per-day-usd', '1.25'],
    );
    expect(code).toBe(0);
    expect(await statusOf('careful')).toMatchObject({
      model: 'opus',
      permissionMode: 'plan',
      cwd: fixture.place.cwd,
      budget: { perTurnUsd: 0.5, perDayUsd: 1.25 },
    });
    const text = textOf('careful');
    expect(text).toContain('- Bash(npm test)');
    expect(text).toContain('- WebFetch');
    expect(text.match(/^ {2}- /gm)).toHaveLength(4);
    expect(text).toContain(`- ${join(fixture.place.cwd, '../docs')}`);
    expect(text).toContain('You review what you are pointed at');
  });

  it("prefers the user's own templates", async () => {
    mkdirSync(join(fixture.root, 'templates'));
    writeFileSync(join(fixture.root, 'templates', 'poet.md'), '---\nmodel: haiku\n---\nRhyme.\n');
    writeFileSync(join(fixture.root, 'templates', 'worker.md'), '---\ncwd: .\n---\nMy own worker.\n');
    expect((await add('bard', '--template', 'poet')).code).toBe(0);
    expect((await add('mine')).code).toBe(0);
    expect(textOf('bard')).toMatch(/model: haiku\ncwd: .*\n---\nRhyme\.\n$/);
    expect(textOf('mine')).toContain('My own worker.');
  });

  it('names the line of a template that is broken', async () => {
    mkdirSync(join(fixture.root, 'templates'));
    const path = join(fixture.root, 'templates', 'odd.md');
    writeFileSync(path, '---\nmodl: haiku\n---\n');
    const { code, stderr } = await add('odd');
    expect(code).toBe(78);
    expect(stderr).toContain(`${path}:2: unknown key "modl": did you mean "model"?`);
  });

  it('warns of bypassPermissions', async () => {
    const { code, stderr } = await add('reckless', '--permission-mode', 'bypassPermissions');
    expect(code).toBe(0);
    expect(stderr).toContain('reckless runs with bypassPermissions');
    expect(escapes(stderr)).toBe(false);
  });

  it.each([
    ['a name that is none', ['Big One'], 65, 'not beginning with "-"\n  Take "big-one".'],
    ['a reserved name', ['operator'], 64, '"operator" is reserved'],
    ['a mode there is none of', ['a', '--permission-mode', 'yolo'], 64, '"permissionMode" is "yolo"'],
    ['a budget that is no money', ['a', '--per-day-usd', 'lots'], 64, '--per-day-usd "lots": expected US dollars'],
    ['an unknown template', ['a', '--template', 'reviwer'], 66, 'Did you mean "reviewer"?'],
    ['a template with a path', ['a', '--template', '../worker'], 66, 'there is no template "../worker"'],
  ])('refuses %s', async (_what, args, code, words) => {
    const end = await add(...args);
    expect(end).toMatchObject({ code, stdout: '' });
    expect(end.stderr).toContain(words);
    expect(readdirSync(rootLayout(fixture.root).agents)).toEqual([]);
  });

  it('refuses a name that is taken, and leaves that agent as it is', async () => {
    await add('builder');
    const before = textOf('builder');
    const { code, stderr } = await add('builder', '--model', 'opus');
    expect(code).toBe(73);
    expect(stderr).toContain('there is an agent "builder" already');
    expect(textOf('builder')).toBe(before);
  });

  it('refuses a cwd that does not exist, with the command that makes it', async () => {
    const { code, stderr } = await fixture.command('add', 'a', '--cwd', '/no where');
    expect(code).toBe(65);
    expect(stderr).toBe("agent-runner: cwd /no where does not exist\n  Make it with: mkdir -p '/no where'\n");
  });

  it('refuses a directory that contains the root or lies inside it, whatever leads there', async () => {
    const { root, place } = fixture;
    symlinkSync(place.home, join(place.root, 'link'));
    const inside = join(rootLayout(root).agents, 'work');
    mkdirSync(inside);
    for (const [flag, path, how] of [
      ['--cwd', place.home, 'contains'],
      ['--cwd', root, 'contains'],
      ['--cwd', join(place.root, 'link'), 'contains'],
      ['--cwd', inside, 'lies inside'],
      ['--add-dir', place.home, 'contains'],
    ]) {
      const end = await fixture.command('add', 'a', '--cwd', place.cwd, flag!, path!);
      expect(end, path).toMatchObject({ code: 77, stdout: '', stderr: expect.stringContaining(`${how} the root`) });
      expect(end.stderr).toContain(`Name a directory apart from it: ${flag} <directory>`);
    }
    expect(readdirSync(rootLayout(root).agents)).toEqual(['work']);
  });

  it('says what a project’s own settings may do where they are read, and that they are not where they are not', async () => {
    mkdirSync(join(fixture.root, 'templates'));
    writeFileSync(join(fixture.root, 'templates', 'trusting.md'), '---\ncwd: .\n---\nWork.\n');
    const trusting = await add('trusting');
    expect(trusting.stderr).toContain('may run commands as you (hooks)');
    expect(trusting.stderr).toContain('settingSources: [user]');
    expect((await add('builder')).stdout).not.toContain('are not read');
    writeFileSync(join(fixture.place.cwd, 'CLAUDE.md'), 'Be kind.');
    const careful = await add('careful', '--template', 'worker');
    expect(careful).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('are not read') });
    for (const name of ['reviewer', 'tester', 'planner', 'watcher', 'worker'])
      expect((await fixture.command('templates', 'show', name)).stdout).toContain('\nsettingSources: [user]\n');
  });

  it('an agent that is there and works around the root goes on, and list and doctor say so', async () => {
    await fixture.agent('old', { front: { cwd: fixture.place.home } });
    await fixture.agent('apart');
    const said =
      /old: its cwd \S+ contains the root \S+: an agent that may edit there could change its own permissions/;
    const list = await fixture.command('list');
    expect(list).toMatchObject({ code: 0, stderr: expect.stringMatching(said) });
    expect(list.stderr).not.toContain('apart');
    const { stdout } = await fixture.command('doctor', '--json');
    expect(stdout).toMatch(said);
  });

  it('says how to make a root where there is none', async () => {
    const root = join(fixture.place.home, 'none');
    const { code, stderr } = await fixture.command('--root', root, 'add', 'a');
    expect(code).toBe(66);
    expect(stderr).toContain(`Make it with: agent-runner --root ${root} init`);
  });

  it('goes on where an add that died left a directory without agent.md', async () => {
    mkdirSync(join(fixture.root, 'agents', 'half', 'inbox', 'tmp'), { recursive: true });
    expect((await add('half')).code).toBe(0);
    expect(await listed('half')).toMatchObject({ state: 'not-running' });
  });
});

describe('list and status', () => {
  it('say how to add an agent when there is none', async () => {
    const { code, stdout } = await fixture.command('list');
    expect(code).toBe(0);
    expect(stdout).toContain('agent-runner add <name> --cwd <directory>');
    expect(JSON.parse((await fixture.command('list', '--json')).stdout)).toEqual([]);
  });

  it('name the nearest agent for one that does not exist', async () => {
    await fixture.agent('reviewer');
    for (const command of ['status', 'tail', 'stop', 'resume']) {
      const { code, stderr } = await fixture.command(command, 'reviwer');
      expect(code).toBe(66);
      expect(stderr).toContain('Did you mean "reviewer"?');
    }
  });

  it('show agents that nobody runs: waiting drops, a typo with its line, disabled, paused', async () => {
    const waiting = await fixture.agent('waiting');
    waiting.drop('task.txt', 'work');
    waiting.drop('.hidden', 'not work');
    const broken = await fixture.agent('broken');
    writeFileSync(broken.layout.definition, '---\ncwd: /\npermisionMode: plan\n---\n');
    await fixture.agent('off', { front: { enabled: false, permissionMode: 'bypassPermissions' } });
    const paused = await fixture.agent('paused');
    writeFileSync(paused.layout.pause, '');
    const { stdout } = await fixture.command('list');
    expect(escapes(stdout)).toBe(false);
    expect(stdout).toMatch(/^NAME +STATE +WAITING +TODAY +LAST +PERMISSIONS +MODEL\n/);
    expect(stdout).toMatch(
      /^broken +broken: agent\.md:3: unknown key "permisionMode": did you mean "permissionMode"\?/m,
    );
    expect(stdout).toMatch(/^off +disabled +0 +\$0\.00 +- +bypassPermissions +\(default\)$/m);
    expect(stdout).toMatch(/^paused +paused /m);
    expect(stdout).toMatch(/^waiting +not running +1, 1 ignored /m);
    expect(await statusOf('broken')).toMatchObject({ code: 1, state: 'broken', healthy: false });
    expect(await statusOf('waiting')).toMatchObject({ code: 1, state: 'not-running', runner: null, turns: 0 });
    writeFileSync(rootLayout(fixture.root).pause, '');
    expect(await listed('waiting')).toMatchObject({ state: 'paused', detail: 'paused (all agents)' });
  });

  it.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'show bypassPermissions in red on a terminal, and no other mode',
    async () => {
      await fixture.agent('careful');
      await fixture.agent('reckless', { front: { permissionMode: 'bypassPermissions' } });
      const command = `'${join(fixture.place.root, 'bin', 'agent-runner')}' list`;
      const env = { TERM: 'xterm' };
      const { stdout } = await fixture.place.run({ executable: 'script', args: ['-qec', command, '/dev/null'], env });
      expect(stdout).toContain(`${ESC}[31mbypassPermissions`);
      expect(stdout).toContain('manual');
      expect(stdout).not.toContain(`${ESC}[31mmanual`);
    },
  );

  it('show a running agent: idle, busy with its messages, and what its last turn came to', async () => {
    const agent = await fixture.agent('worker', { front: { model: 'haiku' } });
    const runner = fixture.start();
    await runner.says(/watching/);
    await untilListed('worker', 'idle');
    await agent.answer(await agent.send('first @@SAY done@@'));
    await agent.ended(1);
    const first = await statusOf('worker');
    expect(first).toMatchObject({ code: 0, healthy: true, turns: 1, working: 0, waiting: 0, turn: null });
    expect(first.runner.pid).toBe(runner.pid);
    expect(first.session).toMatchObject({ id: agent.intent(1).sessionId, turns: 1 });
    expect(first.lastTurn).toMatchObject({ number: 1, verdict: 'answered' });
    const id = await agent.send('second @@HANG@@');
    const pid = await agent.childPid(2);
    await fixture.server.seen(request => request.prompt.includes('second'));
    const busy = await statusOf('worker');
    expect(busy).toMatchObject({ code: 0, state: 'busy', working: 1, turns: 2, turn: { number: 2, pid } });
    expect(busy.turn.messages).toEqual([{ id, from: 'operator', kind: 'request' }]);
    const shown = await fixture.command('status', 'worker');
    expect(shown.stdout).toContain(`request ${shortId(id)} from operator`);
    expect(shown.stdout).toMatch(/last turn +1, .*, answered/);
    const row = (await fixture.command('list')).stdout;
    expect(row).toMatch(
      new RegExp(`^worker +busy: turn 2 since [\\d:]+, pid ${pid} +0 +\\$[\\d.]+ +\\d+s +manual +haiku$`, 'm'),
    );
  });

  it('show who has the session open elsewhere', async () => {
    const agent = await fixture.agent('worker');
    fixture.start();
    await agent.answer(await agent.send('@@SAY done@@'));
    await agent.ended(1);
    // A person who resumed it in a terminal, as claude's registry tells it: this very process stands in for that claude.
    const registry = join(fixture.place.home, '.claude', 'sessions');
    mkdirSync(registry, { recursive: true });
    const entry = join(registry, `${process.pid}.json`);
    const { startTime } = identifySync(process.pid)!;
    const { sessionId } = agent.intent(1);
    writeFileSync(entry, JSON.stringify({ pid: process.pid, sessionId, procStart: startTime, entrypoint: 'cli' }));
    const id = await agent.send('@@SAY at last@@');
    expect(await untilListed('worker', 'waiting-for-session')).toMatchObject({
      detail: `waiting for its session (pid ${process.pid} has it open)`,
    });
    expect(await statusOf('worker')).toMatchObject({ code: 0, ownerPid: process.pid });
    rmSync(entry);
    expect(await agent.answer(id)).toBe('at last');
  });

  it('show a back-off with its end', async () => {
    const agent = await fixture.agent('worker', { script: () => apiError(529) });
    fixture.start();
    await agent.send('work');
    await agent.ended(1);
    // The first pause is a second; each failure doubles it, so that one of them is seen.
    expect(await untilListed('worker', 'backing-off')).toMatchObject({
      detail: expect.stringMatching(/^backing off until \d\d:\d\d:\d\d: .*529/),
    });
  });
});

describe('stop and resume', () => {
  it('stop says that nobody runs', async () => {
    await fixture.agent('worker');
    const { code, stderr } = await fixture.command('stop');
    expect(code).toBe(69);
    expect(stderr).toContain(`no runner of ${fixture.root} is up`);
  });

  it('stop ends every runner of the root after its turns', async () => {
    const [one, two] = [await fixture.agent('one'), await fixture.agent('two')];
    const runners = [fixture.start('one'), fixture.start('two')];
    await Promise.all([untilListed('one', 'idle'), untilListed('two', 'idle')]);
    const id = await one.send('@@DELAY 600@@ @@SAY finished@@');
    await one.childPid(1);
    const { code, stdout } = await fixture.command('stop');
    expect(code).toBe(0);
    for (const { pid } of runners) {
      expect(stdout).toContain(`pid ${pid}`);
      expect(isAlive(pid)).toBe(false);
    }
    expect(stdout).toContain('Stopped 2 runners');
    expect(await one.answer(id)).toBe('finished');
    expect(await one.turns()).toEqual([1]);
    expect(existsSync(two.layout.runner)).toBe(false);
  });

  it('stop --now does not wait for the turn, and its message waits for the next start', async () => {
    const agent = await fixture.agent('worker');
    const runner = fixture.start();
    const id = await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    const { code } = await fixture.command('stop', '--now');
    expect(code).toBe(0);
    expect([runner.pid, pid].map(isAlive)).toEqual([false, false]);
    expect((await agent.where(id))?.state).toBe('new');
    expect(await listed('worker')).toMatchObject({ state: 'not-running', waiting: 1 });
  });

  it('one SIGTERM gives turns stopGraceSeconds, and then stops them as interruptions', async () => {
    writeFileSync(rootLayout(fixture.root).config, `claude: ${fakeClaudePath()}\nstopGraceSeconds: 0.3\n`);
    const agent = await fixture.agent('worker');
    const runner = fixture.start();
    const id = await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    runner.signal('SIGTERM');
    await runner.says(/SIGTERM: no new turns; running ones have 0\.3 s \(once more: stop now\)/);
    expect(await runner.ended).toMatchObject({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
    expect(await agent.ended(1)).toMatchObject({
      verdict: { kind: 'interrupted', reason: 'the runner was stopped' },
    });
    expect(await agent.where(id)).toMatchObject({ state: 'new', name: { failures: 0, interruptions: 1 } });
  });

  it('stop <name> lasts, spares the others, and resume takes it back', async () => {
    const [one, two] = [await fixture.agent('one'), await fixture.agent('two')];
    const runner = fixture.start();
    await Promise.all([untilListed('one', 'idle'), untilListed('two', 'idle')]);
    const running = await one.send('@@DELAY 600@@ @@SAY finished@@');
    await one.childPid(1);
    const { code, stdout } = await fixture.command('stop', 'one');
    expect(code).toBe(0);
    expect(stdout).toContain('one: stopped');
    expect(await one.answer(running)).toBe('finished');
    expect(await statusOf('one')).toMatchObject({ code: 1, state: 'stopped', runner: null });
    const waits = await one.send('@@SAY later@@');
    await two.answer(await two.send('@@SAY still here@@'));
    expect((await one.where(waits))?.state).toBe('new');
    expect(isAlive(runner.pid)).toBe(true);
    const resumed = await fixture.command('resume', 'one');
    expect(resumed.stdout).toContain('Took back one: stopped');
    expect(await one.answer(waits)).toBe('later');
    const nothing = await fixture.command('resume', 'one');
    expect(nothing).toMatchObject({ code: 0, stdout: 'Nothing to resume: one is not parked, paused or stopped\n' });
  });

  it('stop <name> --now stops the turn as an interruption', async () => {
    const agent = await fixture.agent('worker');
    const runner = fixture.start();
    await untilListed('worker', 'idle');
    const id = await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    const { code, stdout } = await fixture.command('stop', 'worker', '--now');
    expect(code).toBe(0);
    expect(stdout).toContain('stopped turn 1');
    expect(isAlive(pid)).toBe(false);
    expect(isAlive(runner.pid)).toBe(true);
    expect(await agent.ended(1)).toMatchObject({ verdict: { kind: 'interrupted' } });
    expect((await agent.where(id))?.state).toBe('new');
    expect(JSON.parse(readFileSync(turnLayout(agent.layout.turns, 1).stop, 'utf8'))).toMatchObject({
      reason: 'shutdown',
    });
  });

  it('a turn whose runner died is shown as orphaned, and stop <name> --now ends it', async () => {
    const agent = await fixture.agent('worker');
    const runner = fixture.start();
    await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    // Before that, a process that stays may not have its line, and ends.
    await agent.promptOnDisk(1);
    runner.signal('SIGKILL');
    await runner.ended;
    expect(await listed('worker')).toMatchObject({ state: 'orphaned', detail: `orphaned turn 1 (pid ${pid})` });
    expect(await statusOf('worker')).toMatchObject({ code: 1, turn: { number: 1, pid } });
    const { code } = await fixture.command('stop', 'worker', '--now');
    expect(code).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(await listed('worker')).toMatchObject({ state: 'stopped' });
  });

  it('a turn whose runner died keeps its time: the next runner stops it when that is over, as a failure', async () => {
    // One whose stdin is held may not have its line yet when its runner dies.
    const own = { resident: false, approvals: 'off' };
    const agent = await fixture.agent('worker', { front: { turnTimeout: '4s', maxAttempts: 1, ...own } });
    const runner = fixture.start();
    const id = await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    runner.signal('SIGKILL');
    await runner.ended;
    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(await agent.outcome(id)).toMatchObject({ outcome: 'dead', reason: expect.stringContaining('turnTimeout') });
    const endedMs = Date.parse((await agent.ended(1)).at);
    expect(endedMs - Date.parse(agent.intent(1).at)).toBeGreaterThanOrEqual(4_000);
  });

  it('resume un-parks; the work then goes on by itself', async () => {
    const agent = await fixture.agent('worker');
    fixture.start();
    const id = await agent.send('@@ERROR 401 1@@ @@SAY logged in@@');
    expect(await untilListed('worker', 'parked')).toMatchObject({ detail: expect.stringContaining('parked: ') });
    await agent.ended(1);
    expect((await statusOf('worker')).code).toBe(1);
    const { code, stdout } = await fixture.command('resume');
    expect(code).toBe(0);
    expect(stdout).toContain('Took back worker: parked: ');
    expect(await agent.outcome(id)).toMatchObject({ outcome: 'replied', turn: 2 });
    expect((await statusOf('worker')).code).toBe(0);
  });

  it("resume without a name takes back the root's pause and every agent's", async () => {
    const [one, two] = [await fixture.agent('one'), await fixture.agent('two')];
    for (const path of [rootLayout(fixture.root).pause, one.layout.pause, two.layout.stop]) writeFileSync(path, '');
    const named = await fixture.command('resume', 'one');
    expect(named.stdout).toContain('Took back one: paused');
    expect(named.stdout).toContain('pauses all agents');
    const { stdout } = await fixture.command('resume');
    expect(stdout).toContain('Took back the pause of all agents');
    expect(stdout).toContain('Took back two: stopped');
    for (const path of [rootLayout(fixture.root).pause, one.layout.pause, two.layout.stop])
      expect(existsSync(path)).toBe(false);
  });
});

describe('tail', () => {
  /** A running `tail`, and what it has printed. */
  function tail(...args: string[]) {
    const running = fixture.place.start({
      executable: join(fixture.place.root, 'bin', 'agent-runner'),
      args: ['tail', ...args],
    });
    let printed = '';
    running.child.stdout.on('data', (piece: string) => {
      printed += piece;
    });
    const prints = (words: string) => fixture.until(`tail to print ${words}`, () => printed.includes(words) && printed);
    return { ...running, prints };
  }

  it('waits for a transcript, prints what comes, and ends with Ctrl-C', async () => {
    const { layout } = await fixture.agent('worker');
    const running = tail('worker');
    let said = '';
    running.child.stderr.on('data', (piece: string) => {
      said += piece;
    });
    await fixture.until('tail to wait', () => said.includes('empty so far'));
    writeFileSync(layout.transcript, 'first\n');
    await running.prints('first\n');
    appendFileSync(layout.transcript, 'half of ü');
    appendFileSync(layout.transcript, ' line\n');
    await running.prints('half of ü line\n');
    running.child.kill('SIGINT');
    const { signal, stdout } = await running.ended;
    expect({ signal, stdout }).toEqual({ signal: 'SIGINT', stdout: 'first\nhalf of ü line\n' });
  });

  it('begins with the last lines, and loses nothing over a copy and truncation', async () => {
    const { layout } = await fixture.agent('worker');
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at} ${'x'.repeat(5000)}`);
    writeFileSync(layout.transcript, `${lines.join('\n')}\n`);
    const running = tail('worker', '-n', '3');
    await running.prints('line 29');
    appendFileSync(layout.transcript, 'before\n');
    copyFileSync(layout.transcript, `${layout.transcript}.1`);
    truncateSync(layout.transcript);
    appendFileSync(layout.transcript, 'after\n');
    const printed = await running.prints('after\n');
    expect(printed).toBe([...lines.slice(27), 'before', 'after', ''].join('\n'));
    running.child.kill('SIGINT');
    await running.ended;
  });

  it('ends quietly when its reader goes', async () => {
    const { layout } = await fixture.agent('worker');
    writeFileSync(layout.transcript, 'one\n');
    const running = tail('worker');
    await running.prints('one\n');
    running.child.stdout.destroy();
    appendFileSync(layout.transcript, 'two\n');
    const { code, signal, stderr } = await running.ended;
    expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGPIPE', stderr: '' });
  });

  it('refuses a count that is none', async () => {
    await fixture.agent('worker');
    const { code, stderr } = await fixture.command('tail', 'worker', '-n', 'many');
    expect(code).toBe(64);
    expect(stderr).toContain('-n "many": expected a number of lines');
  });
});
