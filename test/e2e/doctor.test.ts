// `agent-runner doctor` against real faults: each is found by trying, named with the command that mends it, and gone when it is
// mended. What needs rights that this machine does not give is skipped with the reason.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { whyNot } from '#test/support/why-not.ts';

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

type Found = { check: string; ok: boolean; sentence: string; mend: string | null };

const cli = [process.execPath, cliPath];

/** Runs doctor below those words (`unshare …`), with more environment. */
async function doctor({ under = [] as string[], env = {}, root = fixture.root } = {}) {
  const [executable, ...args] = [...under, ...cli, '--root', root, 'doctor', '--json'];
  const { code, stdout, stderr } = await fixture.place.run({ executable: executable!, args, env });
  if (stdout === '') throw new Error(`doctor said nothing: ${stderr}`);
  const { healthy, checks } = JSON.parse(stdout) as { healthy: boolean; checks: Found[] };
  expect({ code, healthy }).toEqual(healthy ? { code: 0, healthy } : { code: 1, healthy });
  return { checks, wrong: checks.filter(({ ok }) => !ok) };
}

const entries = () => readdirSync(fixture.root, { recursive: true }).sort();

it('finds nothing wrong where all is well, names what it tried, and leaves nothing behind', async () => {
  await fixture.agent('worker');
  await fixture.command('list');
  const before = entries();
  const { checks, wrong } = await doctor();
  expect(wrong).toEqual([]);
  const tried =
    'node root write links disk disk clock watch descriptors clock config hooks agents claude login signals';
  expect(checks.map(({ check }) => check).join(' ')).toBe(tried);
  expect(entries()).toEqual(before);
  const { code, stdout } = await fixture.command('doctor');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {4}node .*\n/);
  expect(stdout).toMatch(/\n\nAll is well\.\n$/);
});

describe('the root', () => {
  it.each([
    [0o777, /others can write in the root/],
    [0o755, /others can read what agents do/],
  ])('with mode %o', async (mode, words) => {
    chmodSync(fixture.root, mode);
    const { wrong } = await doctor();
    expect(wrong).toEqual([
      {
        check: 'root',
        ok: false,
        sentence: expect.stringMatching(words),
        mend: expect.stringContaining(`chmod 700 ${fixture.root}`),
      },
    ]);
    execFileSync('chmod', ['700', fixture.root]);
    expect((await doctor()).wrong).toEqual([]);
  });

  it('that is not there, or is none', async () => {
    const root = join(fixture.place.root, 'nowhere');
    const told = async () => (await doctor({ root })).wrong.filter(({ check }) => check !== 'claude');
    expect(await told()).toMatchObject([{ check: 'root', mend: `Make it with: agent-runner --root ${root} init` }]);
    mkdirSync(root, { mode: 0o700 });
    expect(await told()).toMatchObject([{ check: 'root', mend: `Make one with: agent-runner --root ${root} init` }]);
  });

  const cannotMount = whyNot('unshare', '-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt');
  const inMount = (script: string) => ['unshare', '-m', 'sh', '-c', `${script} && exec "$@"`, 'sh'];

  it.skipIf(cannotMount !== null)(
    `on a full disk, and mounted read-only${cannotMount ? ` (${cannotMount})` : ''}`,
    async () => {
      const { root } = fixture;
      const copy = join(fixture.place.root, 'copy');
      const tmpfs = `cp -a ${root} ${copy} && mount -t tmpfs -o size=1m,mode=700 tmpfs ${root} && cp -a ${copy}/. ${root}`;
      const nearlyFull = await doctor({
        under: inMount(`${tmpfs} && dd if=/dev/zero of=${root}/ballast bs=1k count=985 2>/dev/null; true`),
      });
      expect(nearlyFull.wrong).toMatchObject([
        {
          check: 'disk',
          sentence: expect.stringMatching(/MB are left on the disk of .*; no turn is started below/),
          mend: expect.stringContaining(`df -h ${root}`),
        },
      ]);
      rmSync(copy, { recursive: true });
      const full = await doctor({
        under: inMount(`${tmpfs} && dd if=/dev/zero of=${root}/ballast bs=1k 2>/dev/null; true`),
      });
      expect(full.wrong).toMatchObject([{ check: 'write', sentence: expect.stringContaining('(ENOSPC)') }]);
      const readOnly = await doctor({
        under: inMount(`mount --bind ${root} ${root} && mount -o remount,bind,ro ${root}`),
      });
      expect(readOnly.wrong).toMatchObject([
        {
          check: 'write',
          sentence: expect.stringContaining('is mounted read-only (EROFS)'),
          mend: expect.stringContaining('remount,rw'),
        },
      ]);
      // The same is told by status, which does not end well then.
      await fixture.agent('worker');
      const args = [
        ...inMount(`mount --bind ${root} ${root} && mount -o remount,bind,ro ${root}`),
        ...cli,
        'status',
        'worker',
      ];
      const status = await fixture.place.run({ executable: args[0]!, args: args.slice(1) });
      expect(status.code).toBe(1);
      expect(status.stdout).toContain('is mounted read-only (EROFS)');
    },
  );

  it('whose clock.json tells of a clock that jumped', async () => {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const uptimeMs = uptime() * 1000;
    const anchor = { bootId, uptimeMs, steadyMs: Date.now() - 7_200_000, offSinceMs: null };
    writeFileSync(join(fixture.root, 'clock.json'), JSON.stringify(anchor));
    expect((await doctor()).wrong).toMatchObject([
      {
        check: 'clock',
        sentence: expect.stringContaining('has jumped by 120 min'),
        mend: expect.stringContaining('timedatectl'),
      },
    ]);
  });
});

describe('the machine', () => {
  const cannotLimit = whyNot('unshare', '-Ur', 'sh', '-c', 'echo 50 > /proc/sys/user/max_inotify_watches');
  const limited = (key: string, to: number) => [
    ...['unshare', '-Ur', 'sh', '-c'],
    ...[`echo ${to} > /proc/sys/user/${key} && exec "$@"`, 'sh'],
  ];

  it.skipIf(cannotLimit !== null).each([
    ['max_inotify_watches', 4, 'sudo sysctl fs.inotify.max_user_watches=524288'],
    ['max_inotify_instances', 0, 'sudo sysctl fs.inotify.max_user_instances=512'],
  ])(`has too few watches: %s = %i${cannotLimit ? ` (${cannotLimit})` : ''}`, async (key, to, mend) => {
    for (const name of ['a', 'b', 'c']) await fixture.agent(name);
    expect((await doctor({ under: limited(key, to) })).wrong).toMatchObject([
      {
        check: 'watch',
        sentence: expect.stringMatching(/^no inotify .* is left/),
        mend: expect.stringContaining(mend),
      },
    ]);
  });

  it('gives too few descriptors', async () => {
    for (let number = 1; number <= 30; number++) await fixture.agent(`worker-${number}`);
    const { wrong } = await doctor({ under: ['sh', '-c', 'ulimit -n 150; exec "$@"', 'sh'] });
    expect(wrong).toMatchObject([
      {
        check: 'descriptors',
        sentence: 'only 150 files may be open, and 30 agents may need 188',
        mend: expect.stringContaining('ulimit -n'),
      },
    ]);
  });

  it('has no native module for the wake socket', async () => {
    const dist = dirname(cliPath);
    const aside = mkdtempSync(join(tmpdir(), 'doctor-'));
    cpSync(dist, join(aside, 'dist'), { recursive: true });
    for (const name of ['package.json', 'templates'])
      cpSync(join(dist, '..', name), join(aside, name), { recursive: true });
    const { stdout } = await fixture.place.run({
      executable: process.execPath,
      args: [join(aside, 'dist', 'cli.js'), 'doctor', '--json'],
    });
    const wrong = (JSON.parse(stdout).checks as Found[]).filter(({ ok }) => !ok);
    expect(wrong).toMatchObject([{ check: 'signals', mend: expect.stringContaining('npm install koffi') }]);
    rmSync(aside, { recursive: true });
  });
});

describe('claude', () => {
  const use = (script: string) => {
    const path = join(fixture.place.root, 'claude-stub');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    writeFileSync(rootLayout(fixture.root).config, `claude: ${path}\n`);
  };

  it('is not there', async () => {
    writeFileSync(rootLayout(fixture.root).config, 'claude: /no/such/claude\n');
    expect((await doctor()).wrong).toMatchObject([
      { check: 'claude', mend: expect.stringMatching(/npm install -g .*@anthropic-ai\/claude-code@latest/) },
    ]);
  });

  it('knows nobody: asked itself, without a key', async () => {
    const { wrong } = await doctor({ env: { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: '' } });
    expect(wrong).toMatchObject([{ check: 'login', mend: expect.stringContaining('claude auth login') }]);
  });

  it('is too old, or does not say what it is', async () => {
    use(
      'case $1 in --version) echo "2.0.1 (Claude Code)";; *) echo \'{"loggedIn":true,"authMethod":"api_key"}\';; esac',
    );
    expect((await doctor()).wrong).toMatchObject([
      { check: 'claude', sentence: expect.stringMatching(/^claude 2\.0\.1 .* is too old: expected 2\.\S+ or newer$/) },
    ]);
    // The same is told before any turn, with what was found, where, and what is expected.
    await fixture.agent('worker');
    const { code, stderr } = await fixture.command('start', '--once');
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /claude 2\.0\.1 \(\S+claude-stub\) is too old: expected 2\.\S+ or newer\n.*npm install -g .*@latest/,
    );
    use('case $1 in --version) echo "99.0.0";; *) echo \'{"loggedIn":true,"authMethod":"api_key"}\';; esac');
    const { checks, wrong } = await doctor();
    expect(wrong).toEqual([]);
    expect(checks.find(({ check }) => check === 'claude')?.sentence).toContain('newer than 2.1.332');
    use('exit 1');
    expect((await doctor()).wrong).toMatchObject([
      { check: 'claude', sentence: expect.stringContaining('does not tell a version') },
    ]);
  });
});

it('finds what people wrote wrongly: config.yaml, agent.md, a directory that is gone, a removal that was cut off', async () => {
  writeFileSync(rootLayout(fixture.root).config, 'perDayUsdd: 3\n');
  const [typo, lost, half] = [await fixture.agent('typo'), await fixture.agent('lost'), await fixture.agent('half')];
  typo.define({ front: { modell: 'haiku' } });
  rmSync(lost.cwd, { recursive: true });
  await lost.send('waits');
  cpSync(half.layout.definition, half.layout.removed);
  rmSync(half.layout.definition);
  const { wrong } = await doctor({ env: { PATH: `${dirname(process.execPath)}` } });
  const told = wrong.filter(({ check }) => check !== 'claude');
  expect(told).toMatchObject([
    { check: 'config', sentence: expect.stringContaining('perDayUsdd') },
    {
      check: 'agents',
      sentence: expect.stringMatching(/^lost is held: cwd .* does not exist/),
      mend: expect.stringContaining('agent-runner edit lost'),
    },
    {
      check: 'agents',
      sentence: expect.stringMatching(/^typo is broken: agent\.md:\d+: unknown key "modell"/),
      mend: expect.stringContaining('agent-runner edit typo'),
    },
    { check: 'agents', sentence: 'half is removed by half', mend: 'agent-runner remove half --force' },
  ]);
});
