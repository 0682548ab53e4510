// The package as a user gets it: what is in it, and that it works on a machine that has nothing of this repository: another
// prefix, an empty HOME, no registry.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { realClaudePath, type Sealed, sealed } from '#test/support/isolated-claude.ts';
import { directives } from '#test/support/model/directives.ts';
import { type ModelServer, startModelServer } from '#test/support/model/server.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let scratch: string;
let prefix: string;
let listing: string[];

/** npm knows nothing of the user's settings, and reaches no registry. */
const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH!, HOME: join(scratch, 'npm-home'), npm_config_update_notifier: 'false' },
  });

/** As `npm pack` does it, but built aside: other tests run what stands in dist/. */
beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
  mkdirSync(join(scratch, 'npm-home'));
  const source = join(scratch, 'source');
  cpSync(repository, source, {
    recursive: true,
    filter: path => !/^(\.git|dist.*|node_modules)$/.test(basename(path)),
  });
  symlinkSync(join(repository, 'node_modules'), join(source, 'node_modules'));
  const tarball = npm(['pack', '--pack-destination', scratch], source).trim().split('\n').at(-1)!;
  listing = execFileSync('tar', ['-tzf', join(scratch, tarball)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(path => path.replace(/^package\//, ''));
  prefix = join(scratch, 'prefix');
  // koffi is optional: the package must do without.
  npm(['install', '-g', '--prefix', prefix, '--omit=optional', join(scratch, tarball)], scratch);
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let place: Sealed;
let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer(directives());
  place = await sealed({ baseUrl: server.url });
  // What such a machine has: node, the system's programs, claude, and us.
  const bin = join(place.root, 'bin');
  mkdirSync(bin);
  symlinkSync(realClaudePath(), join(bin, 'claude'));
  place.env.PATH = [join(prefix, 'bin'), bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const command = (...args: string[]) => place.run({ executable: join(prefix, 'bin', 'agent-runner'), args });

it('holds what is needed, no test, no source, and starts nothing when it is installed', () => {
  const needed = [
    'dist/cli.js',
    'dist/main.cjs',
    'dist/hook.sh',
    'dist/hook.cjs',
    'dist/launch.sh',
    'dist/THIRD-PARTY.txt',
  ];
  const templates = ['templates/agents/worker.md', 'templates/service/agent-runner.service', 'README.md', 'LICENSE'];
  const hook = ['hook.sh', 'hook.cjs', 'hook-main.cjs', 'settle.cjs'].flatMap(name => [
    `dist/${name}`,
    `dist/plugin/${name}`,
  ]);
  const plugin = [
    '.claude-plugin/plugin.json',
    '.claude-plugin/marketplace.json',
    'hooks/hooks.json',
    'README.md',
    '.mcp.json',
    'skills/agent-runner/SKILL.md',
  ];
  needed.push(...hook, ...plugin.map(path => `dist/plugin/${path}`));
  expect(listing).toEqual(expect.arrayContaining([...needed, ...templates, 'dist/types/runner/package-types.d.ts']));
  const strange = listing.filter(
    path => /(^|\/)(test|scripts|node_modules|\.ci)\//.test(path) || /\.(tgz|map|code)$|(?<!\.d)\.ts$/.test(path),
  );
  expect(strange).toEqual([]);
  const { scripts, dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  expect(Object.keys(scripts).filter(name => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  expect(dependencies).toBeUndefined();
});

it('works where there is nothing but node and claude: init, add, a dropped file, its answer, a signal, hooks', async () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  expect((await command('--version')).stdout).toContain(version);
  expect((await command('init')).code).toBe(0);
  expect((await command('add', 'worker', '--cwd', place.cwd)).code).toBe(0);
  const started = await command('start', '--detach');
  expect(started.code, started.stderr).toBe(0);
  place.killLater(Number(/as pid (\d+)/.exec(started.stdout)![1]));
  writeFileSync(join(place.home, '.agent-runner/agents/worker/inbox/task.md'), '@@SAY from a package@@');
  const waits = await command('send', 'worker', '@@SAY sent@@', '--wait', '60');
  expect(waits.stdout).toBe('sent\n');
  let unread = '';
  for (const deadlineAt = Date.now() + 30_000; !unread.includes('from a package'); ) {
    expect(Date.now(), unread).toBeLessThan(deadlineAt);
    unread = (await command('inbox')).stdout;
  }
  expect((await command('notify', '--agent', 'worker', '--wait', '30')).code).toBe(0);
  expect((await command('hooks', 'install')).code).toBe(0);
  expect((await command('hooks', 'status')).code).toBe(0);
  expect((await command('templates')).stdout).toContain('worker');
  expect((await command('service', 'print', '--for', 'systemd')).stdout).toContain(
    join(prefix, 'lib/node_modules/agent-runner/dist/cli.js'),
  );
  expect((await command('stop')).code).toBe(0);
});

it('holds every file that a page in it links', () => {
  const links = listing
    .filter(path => path.endsWith('.md') && !path.startsWith('templates/') && !path.startsWith('dist/'))
    .flatMap(page =>
      [...readFileSync(join(repository, page), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(
        ([, target]) => [page, join(dirname(page), target!)] as const,
      ),
    );
  expect(links).toContainEqual(['README.md', 'BENCHMARKS.md']);
  const packed = (target: string) => listing.some(path => path === target || path.startsWith(`${target}/`));
  expect(links.filter(([, target]) => !packed(target))).toEqual([]);
});

it('plays the demo', async () => {
  const { code, stdout, stderr } = await command('demo');
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Done in');
});

it('has types for the files in a root', () => {
  const project = join(scratch, 'project');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(join(prefix, 'lib/node_modules/agent-runner'), join(project, 'node_modules/agent-runner'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const check = (line: string) => {
    writeFileSync(join(project, 'own.ts'), `import type { Message, Outcome, Verdict } from 'agent-runner';\n${line}\n`);
    const args = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', '', 'own.ts'];
    try {
      return execFileSync(join(repository, 'node_modules/.bin/tsc'), args, { cwd: project, encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(check('export const body = (message: Message): string => message.from + message.body;')).toBe('');
  expect(check("export const dead: Outcome = { id: 'x', outcome: 'dead', at: '', reason: 'r' };")).toBe('');
  expect(check("export const kind: Verdict['kind'] = 'replied';")).toContain('\'"replied"\' is not assignable');
});
