// The hook where things are broken: whatever it meets, it ends with 0 and prints nothing, and says why in one line. Without
// claude: what matters is what claude would see.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sessionLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { commandLine } from '#hooks/install/settings-text.ts';
import { buildForFile } from '#test/support/interactive-claude.ts';

const files = createRunnerFiles();
const ID = '963bf434-039c-4310-b9b7-061eef298631';
const EVENTS = ['SessionStart', 'UserPromptSubmit', 'PostToolUse', 'Stop', 'Notification', 'SessionEnd'] as const;
/** Stands for the claude of the session: anyone who descends from it posts as the session, and its own entries are no news to it. */
let claude: ChildProcess;
const build = buildForFile();
let place: string;
let root: string;
beforeAll(() => {
  claude = spawn('sleep', ['3600'], { stdio: 'ignore' });
});
afterAll(() => {
  claude.kill('SIGKILL');
});
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'ar-faults-'));
  root = join(place, 'root');
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Run {
  event?: (typeof EVENTS)[number];
  node?: string;
  env?: Record<string, string>;
  /** The command that runs it: setpriv and the like. */
  under?: string[];
  input?: string;
  dist?: string;
}

let prompts = 0;
function hook({ event = 'UserPromptSubmit', node = process.execPath, env = {}, under = [], input, dist }: Run = {}) {
  const [command = '', ...args] = [
    ...under,
    '/bin/sh',
    join(dist ?? build.dist, 'hook.sh'),
    event,
    root,
    node,
    event === 'Stop' ? 'deliver-on-stop' : '',
  ];
  const said = { session_id: ID, cwd: place, transcript_path: join(place, 't.jsonl'), hook_event_name: event };
  const more = { prompt_id: `p${prompts++}`, prompt: 'x', source: 'startup', tool_use_id: `t${prompts}` };
  const run = spawnSync(command, args, {
    encoding: 'utf8',
    input: input ?? JSON.stringify({ ...said, ...more }),
    env: {
      PATH: process.env.PATH ?? '',
      HOME: place,
      CLAUDE_CODE_SESSION_ID: ID,
      CLAUDE_CODE_SESSION_ATTENDED: '1',
      CLAUDE_PID: String(claude.pid),
      ...env,
    },
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}
/** A copy of the build that everybody may read. */
function openDist(): string {
  chmodSync(place, 0o755);
  const dist = join(place, 'dist');
  cpSync(build.dist, dist, { recursive: true });
  return dist;
}
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const log = () => (existsSync(join(root, 'hooks.log')) ? readFileSync(join(root, 'hooks.log'), 'utf8') : '');
const post = (text: string) =>
  execFileSync(process.execPath, [join(build.dist, 'cli.js'), '--root', root, 'post', text], { stdio: 'ignore' });
const silent = { code: 0, stdout: '' };

test('in good order it speaks, and says nothing in the log', () => {
  expect(hook({ event: 'SessionStart' }).stdout).toContain('you are');
  expect(hook()).toEqual({ ...silent, stderr: '' });
  post('NEWS');
  expect(hook().stdout).toContain('NEWS');
  expect(log()).toBe('');
});

test('without node: one line in the log; nothing at all where nothing is new', () => {
  hook({ event: 'SessionStart' });
  hook();
  const bare = join(place, 'bare');
  mkdirSync(bare);
  for (const tool of ['sh', 'date']) symlinkSync(`/bin/${tool}`, join(bare, tool));
  const broken = { node: '/nowhere/node', env: { PATH: bare } };
  expect(hook(broken)).toEqual({ ...silent, stderr: '' });
  expect(log()).toBe('');
  post('NEWS');
  expect(hook(broken)).toEqual({ ...silent, stderr: '' });
  expect(log().trimEnd().split('\n')).toEqual([expect.stringContaining('node was not found')]);
  expect(hook({ node: '/nowhere/node' }).stdout, 'the one on the PATH is taken').toContain('NEWS');
});

test('the package is gone: the command that stands in the settings ends with 0, and not with the 2 that blocks a prompt', () => {
  for (const event of EVENTS)
    for (const script of ['/nowhere/hook.sh', join(build.dist, 'hook.sh')]) {
      const line = commandLine(event, { script, root: '/nowhere', node: '/nowhere', deliverOnStop: true });
      expect(spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', env: {} })).toMatchObject({
        status: 0,
        stdout: '',
      });
    }
});

test.each([
  ['the bundle is torn', 'hook.cjs', 'const x = {'],
  ['the bundle throws', 'hook.cjs', 'throw new Error("x")'],
])('%s: one line in the log', (_what, name, text) => {
  hook({ event: 'SessionStart' });
  post('NEWS');
  const dist = join(place, 'dist');
  cpSync(build.dist, dist, { recursive: true });
  writeFileSync(join(dist, name), text);
  expect(hook({ dist })).toEqual({ ...silent, stderr: '' });
  expect(log().trimEnd().split('\n')).toEqual([expect.stringContaining('hook.cjs ended with 1')]);
});

test.each(EVENTS)('%s with no input, with garbage and with something else than an event', event => {
  hook({ event: 'SessionStart' });
  post('NEWS');
  for (const input of ['', 'garbage', '[]', 'null', '{"session_id":7}', '{"session_id":"../../etc"}', '\u0000\uffff'])
    expect([input, hook({ event, input })]).toEqual([input, { ...silent, stderr: '' }]);
  expect(hook().stdout).toContain('NEWS');
});

describe('a root that is not to be had', () => {
  test('it is gone, or a file: a line for claude’s debug log', () => {
    rmSync(root, { recursive: true });
    for (const event of EVENTS) {
      const end = hook({ event });
      expect(end).toMatchObject(silent);
      expect(end.stderr).toMatch(/^agent-runner: \S+ \w+ \S+ there is no board of yours at [^\n]*\n$/);
    }
    writeFileSync(root, 'x');
    expect(hook()).toMatchObject(silent);
  });

  test('it is somebody else’s: nothing is read or written', context => {
    if (process.getuid?.() !== 0) return context.skip('only root can be somebody else');
    hook({ event: 'SessionStart' });
    post('SECRET');
    const dist = openDist();
    // As it is (0700), and as nobody would have it who wants to be read.
    for (const mode of [0o700, 0o755]) {
      for (const path of ['', 'board', 'sessions']) chmodSync(join(root, path), mode);
      const end = hook({ under: nobody, dist });
      expect(end).toMatchObject(silent);
      expect(end.stderr.trimEnd().split('\n')).toEqual([expect.stringContaining('no board of yours')]);
    }
    // The other way round: root meets the board of nobody, who could have put a link where the log is.
    chownSync(join(root, 'board'), 65534, 65534);
    const target = join(place, 'target');
    symlinkSync(target, join(root, 'hooks.log'));
    expect(hook()).toMatchObject(silent);
    expect(existsSync(target)).toBe(false);
  });

  test('parts of it cannot be read: the news all the same, or one line', context => {
    if (process.getuid?.() !== 0) return context.skip('needs root to become somebody else');
    const dist = openDist();
    hook({ event: 'SessionStart' });
    post('NEWS');
    for (const path of ['', ...(readdirSync(root, { recursive: true }) as string[])])
      lchownSync(join(root, path), 65534, 65534);
    for (const path of ['board/000001.jsonl', `sessions/${ID}/peer.json`, `sessions/${ID}/shown`, 'board/marks']) {
      const { mode } = statSync(join(root, path));
      chmodSync(join(root, path), 0);
      const before = log();
      const end = hook({ under: nobody, dist });
      expect([path, end.code, end.stderr]).toEqual([path, 0, '']);
      // Either it can do without, or it says why not.
      const lines = log().slice(before.length).split('\n').length - 1;
      expect([path, lines]).toEqual([path, end.stdout.includes('NEWS') ? 0 : 1]);
      chmodSync(join(root, path), mode);
    }
    expect(log()).toContain('EACCES');
    expect(hook({ under: nobody, dist }).stdout, 'once it is mended').toContain('NEWS');
  });

  test('others can write in it: nothing of it is shown', () => {
    hook({ event: 'SessionStart' });
    post('NEWS');
    chmodSync(root, 0o777);
    expect(hook()).toEqual({ ...silent, stderr: '' });
    expect(log()).toContain('others can write in');
  });
});

test('a full disk: no output, one line, and everything is shown once there is room', context => {
  rmSync(root, { recursive: true });
  mkdirSync(root, { mode: 0o700 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', root], { encoding: 'utf8' });
  if (mounted.status !== 0) return context.skip(`no mount here: ${mounted.error ?? mounted.stderr}`);
  try {
    execFileSync(process.execPath, [join(build.dist, 'cli.js'), '--root', root, 'init'], { stdio: 'ignore' });
    hook({ event: 'SessionStart' });
    post('NEWS');
    const ballast = join(root, 'ballast');
    try {
      for (;;) appendFileSync(ballast, 'x'.repeat(4096));
    } catch {
      // Full.
    }
    for (const event of EVENTS) {
      const end = hook({ event });
      expect([event, end.code, end.stdout]).toEqual([event, 0, '']);
      expect(end.stderr.split('\n').length, end.stderr).toBeLessThan(3);
    }
    const end = hook();
    expect(`${end.stderr}${log()}`).toMatch(/ENOSPC/);
    rmSync(ballast);
    expect(hook().stdout).toContain('NEWS');
  } finally {
    execFileSync('umount', [root]);
  }
});

describe('garbage', () => {
  const state = sessionLayout('', ID);
  test.each([
    ['board/000001.jsonl', 'append'],
    [`${state.peer}`, 'whole'],
    [`${state.cursor}`, 'whole'],
    [`${state.mark}`, 'whole'],
    [`${state.state}`, 'whole'],
    [`${state.inbox.new}/garbage`, 'whole'],
    [`${state.inbox.new}/1795000000000-01a1fcb7-a7c8-7c51-b0ee-687e382413f2`, 'whole'],
    [`${state.inbox.cur}/000000.garbage`, 'whole'],
    [`${state.inbox.waiters}/garbage`, 'whole'],
    [`${state.unproven}/news,old`, 'whole'],
    [`${state.unproven}/mid,old`, 'whole'],
    ['sessions/names/garbage', 'whole'],
    ['sessions/pids/1', 'whole'],
    ['board/writing/garbage', 'whole'],
    ['board/taken/garbage', 'whole'],
    ['board/marks/garbage', 'whole'],
  ])('in %s: the prompt goes through, and the news with it', (path, how) => {
    hook({ event: 'SessionStart' });
    hook();
    post('NEWS');
    for (const bytes of [
      '',
      'garbage',
      '{"id":1}\n{',
      '\u0000\u0001\uffff'.repeat(50),
      '[]',
      'null\n',
      '{"a":{"b":[]}}',
    ]) {
      const file = join(root, path);
      mkdirSync(join(file, '..'), { recursive: true });
      if (how === 'append') appendFileSync(file, bytes);
      else writeFileSync(file, bytes);
      const before = log();
      for (const event of EVENTS) {
        if (event === 'SessionEnd' || event === 'SessionStart') continue;
        const end = hook({ event });
        expect([event, bytes, end.code, end.stderr]).toEqual([event, bytes, 0, '']);
      }
      const lines = log().slice(before.length).split('\n').length - 1;
      expect(lines, log().slice(before.length)).toBeLessThanOrEqual(4);
      const start = hook({ event: 'SessionStart', input: startInput() });
      expect(start).toMatchObject({ code: 0, stderr: '' });
    }
    post('MORE-NEWS');
    expect(hook().stdout, log()).toContain('MORE-NEWS');
  });
});

const startInput = () => JSON.stringify({ session_id: ID, cwd: place, source: `s${prompts++}`, hook_event_name: 'x' });
