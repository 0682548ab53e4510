// The service: units that systemd and a plist parser take, from paths that would hurt; and the whole of it under a real
// `systemd --user`, where there can be one.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { rootLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { launchd } from '#runner/service/launchd.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type UserSystemd, userSystemd, whyNoUserSystemd } from '#test/support/user-systemd.ts';

const files = createRunnerFiles();
let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

/** A directory whose name means something to units, shells, YAML and XML alike. */
const HURTING = '100%h $HOME "quoted" it\'s \\x41 [a]* <b>&amp; ü;x';

/** A root with that name, and a PATH that holds such a directory; run `agent-runner --root … ` there. */
async function hurtingRoot() {
  const root = join(fixture.place.home, HURTING);
  await makeRoot(files, root, false);
  writeFileSync(rootLayout(root).config, stringify({ claude: realClaudePath() }));
  const bin = join(fixture.place.root, HURTING, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(cliPath, join(bin, 'agent-runner'));
  return { root, bin };
}

const run = (root: string, args: string[], env: Record<string, string> = {}) =>
  fixture.place.run({ executable: process.execPath, args: [cliPath, '--root', root, ...args], env });

describe('service print', () => {
  it('gives a plist that a plist parser reads, with every argument as it is', async () => {
    const { root, bin } = await hurtingRoot();
    const { code, stdout } = await run(root, ['service', 'print', '--for', 'launchd'], { PATH: `${bin}:/usr/bin` });
    expect(code).toBe(0);
    const parsed = parsePlist(stdout);
    expect(parsed).toMatchObject({
      ProgramArguments: [process.execPath, cliPath, '--root', root, 'start', '--log', rootLayout(root).runnerLog],
      EnvironmentVariables: { PATH: `${bin}:/usr/bin` },
      KeepAlive: { SuccessfulExit: false },
      ExitTimeOut: 60,
    });
  });

  it('gives a unit that systemd-analyze verifies', async () => {
    const { root } = await hurtingRoot();
    const { code, stdout, stderr } = await run(root, ['service', 'print', '--for', 'systemd']);
    expect(code).toBe(0);
    const unit = join(fixture.place.root, /([^/\n]+\.service)\n/.exec(stderr)![1]!);
    writeFileSync(unit, stdout);
    const verified = spawnSync('systemd-analyze', ['--user', 'verify', unit], {
      env: { ...fixture.place.env, XDG_RUNTIME_DIR: fixture.place.root },
      encoding: 'utf8',
    });
    if (verified.error) return expect((verified.error as NodeJS.ErrnoException).code).toBe('ENOENT');
    expect({ code: verified.status, said: verified.stderr.split('\n').filter(line => line.includes(unit)) }).toEqual({
      code: 0,
      said: [],
    });
  });

  it('holds no key, and refuses what start would refuse', async () => {
    for (const manager of ['systemd', 'launchd']) {
      const { stdout } = await fixture.command('service', 'print', '--for', manager);
      expect(stdout).toContain(fixture.root);
      expect(stdout).not.toMatch(/ANTHROPIC|sk-ant/);
    }
    expect((await fixture.command('service', 'print', '--for', 'cron')).code).toBe(64);
    writeFileSync(rootLayout(fixture.root).config, 'claude: /no/such/claude\n');
    expect((await fixture.command('service', 'print')).code).toBe(78);
  });
});

/** By Python's plistlib, by plutil, or else none: then the machine has no parser, and the test says so. */
function parsePlist(text: string): unknown {
  const script = 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
  const tries: [string, string[]][] = [
    ['/usr/bin/plutil', ['-convert', 'json', '-o', '-', '-']],
    ['python3', ['-c', script]],
  ];
  for (const [program, args] of tries) {
    const { status, stdout, stderr, error } = spawnSync(program, args, { input: text, encoding: 'utf8' });
    if (error) continue;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  }
  throw new Error('expected plutil or python3 to parse a plist with: install one of them (.ci/run does)');
}

const why = whyNoUserSystemd();
describe.skipIf(why !== null)(`under a real systemd --user${why ? ` (${why})` : ''}`, () => {
  let manager: UserSystemd | null;
  let root: string;
  let env: Record<string, string>;
  beforeEach(async context => {
    const place = await hurtingRoot();
    root = place.root;
    const { HOME, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ...plain } = fixture.place.env as Record<string, string>;
    manager = await userSystemd(fixture.place.root, { HOME: HOME!, PATH: plain.PATH! });
    if (!manager) return context.skip('systemd --user does not come up here');
    env = { ...manager.env, PATH: `${place.bin}:${plain.PATH}` };
    // What may not stand in a unit, and what keeps the real claude on this machine.
    const keys = {
      ANTHROPIC_API_KEY,
      ANTHROPIC_BASE_URL,
      IS_SANDBOX: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    };
    const lines = Object.entries(keys).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(rootLayout(root).serviceEnvironment, lines.join(''), { mode: 0o600 });
  });
  afterEach(() => manager?.[Symbol.asyncDispose]());

  const service = (...args: string[]) => run(root, ['service', ...args], env);
  const status = async () => {
    const { code, stdout } = await service('status', '--json');
    return { code, ...JSON.parse(stdout) };
  };
  const later = (pid: number) => fixture.place.killLater(pid);

  async function install(): Promise<number> {
    const { code, stdout, stderr } = await service('install');
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    const pid = Number(/runs as pid (\d+)/.exec(stdout)![1]);
    later(pid);
    return pid;
  }

  async function answered(body: string): Promise<string> {
    const cwd = join(fixture.place.root, 'work', 'worker');
    mkdirSync(cwd, { recursive: true });
    await run(root, ['add', 'worker', '--cwd', cwd]);
    const { code, stdout, stderr } = await run(root, ['ask', 'worker', body, '--timeout', '30'], env);
    expect(code, stderr).toBe(0);
    return stdout.trim();
  }

  it('install returns when it watches, agents work, uninstall leaves nothing', async () => {
    expect(await status()).toMatchObject({ code: 1, installed: false, state: null });
    const pid = await install();
    const found = await status();
    const { code: _exit, ...printed } = found;
    expect(jsonViolations('service status', printed)).toEqual([]);
    expect(found).toMatchObject({ code: 0, installed: true, state: 'running', pid, manager: 'systemd' });
    expect(found.detail).toContain('watching the inboxes');
    expect(JSON.parse(readFileSync(rootLayout(root).wholeRoot, 'utf8')).identity.pid).toBe(pid);
    expect(await answered('@@SAY from a service@@')).toBe('from a service');
    // The agent's own calls find agent-runner, in the same root.
    const sent =
      '@@TOOL Bash {"command":"agent-runner send operator --kind note found","description":"tell"}@@ @@SAY sent@@';
    expect(await answered(sent)).toBe('sent');
    expect((await run(root, ['inbox'])).stdout).toContain('found');
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(environment.find(line => line.startsWith('PATH='))).toContain(`${env.PATH!.split(':')[0]}:`);
    expect((await service('install')).stdout).toBe(
      `Nothing to do: ${found.name} is installed and runs as pid ${pid}\n`,
    );
    const { code, stdout } = await service('uninstall');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Took') });
    expect(identifySync(pid)).toBe(null);
    expect(existsSync(found.file)).toBe(false);
    expect(readdirSync(dirname(found.file))).toEqual([]);
    expect((await service('uninstall')).stdout).toContain('There is no service');
    const again = JSON.parse((await service('install', '--json')).stdout);
    later(again.pid);
    expect(jsonViolations('service install', again)).toEqual([]);
    expect(again).toMatchObject({ name: found.name, file: found.file, pid: expect.any(Number), changed: true });
    const gone = JSON.parse((await service('uninstall', '--json')).stdout);
    expect(jsonViolations('service uninstall', gone)).toEqual([]);
    expect(gone).toMatchObject({ name: found.name, file: found.file, changed: true });
  });

  it('a runner that is killed is started again, and one that is told to stop is not', async () => {
    const first = await install();
    process.kill(first, 'SIGKILL');
    const second = await fixture.until('it to run again', async () => {
      const { state, pid } = await status();
      return state === 'running' && pid !== first && (pid as number);
    });
    later(second);
    expect(await answered('@@SAY again@@')).toBe('again');
    expect((await run(root, ['stop'])).code).toBe(0);
    expect(await status()).toMatchObject({ code: 1, state: 'stopped', installed: true });
    expect(identifySync(second)).toBe(null);
  });

  it('a runner whose event loop is stuck is found out by the keep-alives that do not come', async () => {
    await install();
    const { file, name } = await status();
    const dropIn = `${file}.d`;
    mkdirSync(dropIn);
    writeFileSync(join(dropIn, 'fast.conf'), '[Service]\nWatchdogSec=3\nRestartSec=1\n');
    manager!.systemctl('daemon-reload');
    manager!.systemctl('restart', name);
    const { pid } = await status();
    later(pid);
    // It lives on well beyond its three seconds, because its loop says so …
    const keepAlives = () =>
      manager!.systemctl('show', name, '--property=WatchdogTimestampMonotonic', '--value').stdout.trim();
    const begun = keepAlives();
    let last = begun;
    for (let count = 0; count < 5; count++)
      last = await fixture.until('a keep-alive', () => keepAlives() !== last && keepAlives());
    expect((await status()).pid).toBe(pid);
    // … until it cannot.
    process.kill(pid, 'SIGSTOP');
    const next = await fixture.until('another runner', async () => {
      const found = await status();
      return found.state === 'running' && found.pid !== pid && (found.pid as number);
    });
    later(next);
    expect(identifySync(pid)).toBe(null);
    rmSync(dropIn, { recursive: true });
  });

  it('says why it cannot be installed: agents that run already, a unit of somebody else, a runner that does not come up', async () => {
    const other = await run(root, ['start', '--detach'], env);
    const pid = Number(/as pid (\d+)/.exec(other.stdout)![1]);
    later(pid);
    const taken = await service('install');
    expect({ code: taken.code, stderr: taken.stderr }).toEqual({
      code: 75,
      stderr: expect.stringMatching(new RegExp(`already run, not as a service: pid ${pid}, since`)),
    });
    await run(root, ['stop']);
    const { file, name } = await status();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '[Service]\nExecStart=/bin/true\n');
    for (const verb of ['install', 'uninstall', 'status']) expect((await service(verb)).code).toBe(77);
    expect(readFileSync(file, 'utf8')).toBe('[Service]\nExecStart=/bin/true\n');
    rmSync(file);
    chmodSync(root, 0o777);
    expect((await service('install')).code).toBe(77);
    chmodSync(root, 0o700);
    // What is well here is not by what the service alone is told.
    writeFileSync(rootLayout(root).serviceEnvironment, 'NODE_OPTIONS=--no-such-option\n');
    const failed = await service('install');
    expect(failed.code).toBe(69);
    expect(failed.stderr).toMatch(
      new RegExp(`${name}.service is installed and does not run: .*\n  See why: journalctl --user -u ${name}`),
    );
    expect((await service('uninstall')).code).toBe(0);
  });
});

describe('launchd, by a launchctl that writes down what it is told', () => {
  /** `loaded`: what `launchctl print` says; null: that there is no such job. */
  function launchctl(loaded: string | null) {
    const bin = join(fixture.place.root, 'launchd');
    const said = join(bin, 'said');
    mkdirSync(bin, { recursive: true });
    const print = loaded === null ? 'exit 113' : `cat <<'END'\n${loaded}END`;
    const script = `#!/bin/sh\necho "$*" >> ${said}\nif [ "$1" = print ]; then ${print}\nfi\n`;
    writeFileSync(join(bin, 'launchctl'), script, { mode: 0o700 });
    return { manager: launchd({ PATH: `${bin}:/usr/bin:/bin` }), said: () => readFileSync(said, 'utf8').split('\n') };
  }
  const order = { name: 'agent-runner', home: '/Users/u' };
  const domain = `gui/${process.getuid!()}`;

  it('loads the new text in place of the old one, and takes it away', async () => {
    const { manager, said } = launchctl(null);
    await manager.enable(order);
    await manager.disable(order);
    const file = '/Users/u/Library/LaunchAgents/agent-runner.plist';
    expect(said().slice(0, 4)).toEqual([
      `bootout ${domain}/agent-runner`,
      `enable ${domain}/agent-runner`,
      `bootstrap ${domain} ${file}`,
      `bootout ${domain}/agent-runner`,
    ]);
  });

  it.each([
    [null, { state: 'stopped', pid: null, detail: 'not loaded' }],
    ['x = {\n\tstate = running\n\tpid = 4242\n}\n', { state: 'running', pid: 4242, detail: 'running' }],
    [
      'x = {\n\tstate = not running\n\tlast exit code = 78\n}\n',
      { state: 'failed', pid: null, detail: 'not running, last exit 78' },
    ],
  ])('reads what it says of the job: %j', async (loaded, state) => {
    expect(await launchctl(loaded).manager.state(order)).toEqual(state);
  });
});

it('without a service manager it says what to do instead', async () => {
  const empty = join(fixture.place.root, 'empty');
  mkdirSync(empty);
  const { code, stderr } = await run(fixture.root, ['service', 'install'], { PATH: empty });
  expect(code).toBe(69);
  expect(stderr).toMatch(/there is no program "systemctl" in PATH|launchctl/);
  expect(stderr).toContain('agent-runner start --detach');
});
