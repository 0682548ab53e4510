// The board from a shell: post, board, drops, rename. No claude.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '#blackboard/board/entry.ts';
import { boardLayout, sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { buildForFile } from '#test/support/interactive-claude.ts';
import { until } from '#test/support/until.ts';

const files = createRunnerFiles();
const build = buildForFile();
let place: string;
let root: string;
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'ar-board-'));
  root = join(place, 'root');
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const env = () => ({ PATH: process.env.PATH ?? '', HOME: place, AGENT_RUNNER_HOME: root });
function run(args: string[], options: { input?: string | Buffer; env?: Record<string, string> } = {}) {
  const end = spawnSync(process.execPath, [join(build.dist, 'cli.js'), ...args], {
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...env(), ...options.env },
  });
  return { code: end.status, stdout: end.stdout, stderr: end.stderr };
}
function ok(args: string[], options?: Parameters<typeof run>[1]): string {
  const end = run(args, options);
  expect(end, args.join(' ')).toMatchObject({ code: 0 });
  return end.stdout.trim();
}
const entries = (...args: string[]): Entry[] => JSON.parse(ok(['board', '--json', ...args]));
const textsOf = (...args: string[]) => entries(...args).map(({ text }) => text);
test('what is posted stands on the board with all that was said of it, and prints its id', () => {
  writeFileSync(join(place, 'report.md'), 'x');
  const id = ok([
    ...['post', 'the build is red', '--kind', 'alert', '--topic', 'ci', '--key', 'build', '--ttl', '2h'],
    ...['--ref', join(place, 'report.md')],
  ]);
  const [entry] = entries();
  expect(entry).toMatchObject({
    id,
    from: 'operator',
    kind: 'alert',
    text: 'the build is red',
    topic: 'ci',
    key: 'build',
    ref: join(place, 'report.md'),
  });
  expect(Date.parse(entry!.expiresAt!) - Date.parse(entry!.at)).toBe(2 * 3_600_000);
  const shown = ok(['board']);
  for (const words of [shortId(id), 'operator', 'alert', '#ci', 'key build', 'the build is red'])
    expect(shown).toContain(words);
  expect(JSON.parse(ok(['post', 'x', '--json']))).toEqual({
    id: expect.any(String),
    cursor: expect.stringMatching(/^1:\d+$/),
  });
});

test('stdin is read for "-" and where there is no text; a long text is shown whole', () => {
  ok(['post', '-'], { input: 'from a pipe\n' });
  ok(['post'], { input: 'without a word\n' });
  const long = `BEGIN ${'é'.repeat(40_000)} END`;
  const id = ok(['post', '-'], { input: long });
  expect(textsOf()).toEqual(['from a pipe\n', 'without a word\n', long]);
  expect(ok(['board'])).toContain(long);
  expect(readdirSync(boardLayout(root).texts)).toEqual([id]);
});

test('what others left there is no reason for a post to fail', () => {
  ok(['post', 'before']);
  const { drop, taken } = boardLayout(root);
  rmSync(taken, { recursive: true });
  writeFileSync(taken, 'somebody’s');
  writeFileSync(join(drop, 'x.md'), 'dropped');
  utimesSync(join(drop, 'x.md'), 1_000_000_000, 1_000_000_000);
  const end = run(['post', 'it stands']);
  expect(end).toMatchObject({ code: 0, stderr: expect.stringContaining('it stands; what others left on the board') });
  expect(entries().map(({ text }) => text)).toEqual(['before', 'it stands']);
});

test('--since takes an age, an id, a beginning of one and a place; --topic and --key choose', () => {
  const first = ok(['post', 'one', '--topic', 'a', '--key', 'k']);
  const { id, cursor } = JSON.parse(ok(['post', 'two', '--topic', 'b', '--json']));
  ok(['post', 'three', '--topic', 'a', '--key', 'k']);
  expect(textsOf()).toEqual(['two', 'three']);
  expect(textsOf('--since', '1h')).toEqual(['two', 'three']);
  expect(textsOf('--since', '0s')).toEqual([]);
  expect(textsOf('--since', id)).toEqual(['two', 'three']);
  expect(textsOf('--since', first.slice(0, 24).toUpperCase())).toEqual(['two', 'three']);
  expect(textsOf('--since', cursor)).toEqual(['two', 'three']);
  expect(textsOf('--topic', 'a')).toEqual(['three']);
  expect(textsOf('--key', 'k')).toEqual(['three']);
  expect(textsOf('--topic', 'c')).toEqual([]);
  ok(['post', 'four', '--topic', 'b', '--key', 'k']);
  for (const since of [[], ['--since', '1h'], ['--since', cursor]])
    expect(textsOf('--topic', 'a', ...since), 'a value of another topic takes no place here').toEqual(['three']);
});

test('without --since the last 20 stand there; what is expired does not', () => {
  for (let count = 1; count <= 25; count++) ok(['post', `e${count}`, ...(count === 24 ? ['--ttl', '0s'] : [])]);
  const texts = textsOf();
  expect(texts).toHaveLength(20);
  expect(texts.at(-1)).toBe('e25');
  expect(texts).not.toContain('e24');
  expect(textsOf('--since', '1h')).toHaveLength(24);
}, 60_000);

describe('what is wrong is said in one sentence, with its exit code', () => {
  test.each([
    [['post', ' '], 64, 'there is nothing to post'],
    [['post', 'x', '--kind', 'shout'], 64, 'expected --kind to be one of note, task'],
    [['post', 'x', '--ttl', 'soon'], 64, 'expected --ttl to be a number and s, m, h or d, got "soon"'],
    [['post', 'x', '--topic', 'a\nb'], 64, 'expected --topic to be one line'],
    [['post', 'x', '--key', 'k'.repeat(201)], 64, 'expected --key to be one line of 1 to 200 characters'],
    [['board', '--since', 'yesterday'], 64, 'expected --since to be a duration'],
    [['board', '--since', '01a1fcb7-a7c8'], 66, 'there is no entry "01a1fcb7-a7c8" on the board'],
    [['rename', 'nobody', 'somebody'], 66, 'there is no session "nobody"'],
    [['rename', 'me'], 64, 'this is not called from a session'],
  ])('%j', (args, code, words) => {
    const end = run(args);
    expect(end).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
    expect(end.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });

  test('a text that is longer than 4 MiB', () => {
    const end = run(['post', '-'], { input: Buffer.alloc(4 * 1024 * 1024 + 1, 'x') });
    expect(end).toMatchObject({ code: 65, stderr: expect.stringContaining('came on stdin') });
    expect(entries()).toEqual([]);
  });
});

test('a torn line is skipped and counted, and the next entry stands on a line of its own', () => {
  ok(['post', 'before']);
  appendFileSync(join(boardLayout(root).home, '000001.jsonl'), 'garbage\n{"id":"torn');
  ok(['post', 'after']);
  for (const args of [[], ['--since', '1h'], ['--since', '1:0']]) {
    const end = run(['board', '--json', ...args]);
    expect(JSON.parse(end.stdout).map(({ text }: Entry) => text)).toEqual(['before', 'after']);
    expect(end.stderr).toContain('2 lines of the board skipped');
  }
});

test('--follow prints what comes, each once, until it is told to end', async () => {
  ok(['post', 'BEFORE']);
  const child = spawn(process.execPath, [join(build.dist, 'cli.js'), 'board', '--follow', '--json'], { env: env() });
  try {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', piece => {
      said += piece;
    });
    await until('the first entry', () => said.includes('BEFORE'));
    ok(['post', 'FIRST']);
    ok(['post', 'SECOND']);
    copyFileSync(join(build.dist, '..', 'package.json'), join(boardLayout(root).drop, 'package.json'));
    await until('the drop', () => said.includes('agent-runner'));
    const texts = said
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as Entry).text);
    expect(texts).toEqual(['BEFORE', 'FIRST', 'SECOND', expect.stringContaining('"name": "agent-runner"')]);
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a file copied into board/drop becomes an entry by the runner, alone', async () => {
  const child = spawn(process.execPath, [join(build.dist, 'cli.js'), 'start'], { env: env(), stdio: 'ignore' });
  try {
    writeFileSync(join(boardLayout(root).drop, 'news.md'), '---\ntopic: ci\nkind: status\n---\nDROPPED\n');
    // The segment itself: the command would settle the drop.
    const segment = join(boardLayout(root).home, '000001.jsonl');
    await until(
      'its line',
      () =>
        readdirSync(boardLayout(root).home).includes('000001.jsonl') && readFileSync(segment, 'utf8').endsWith('\n'),
    );
    expect(entries()).toMatchObject([{ from: 'operator', kind: 'status', topic: 'ci', text: 'DROPPED\n' }]);
    expect(readdirSync(boardLayout(root).drop)).toEqual([]);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
});

test('called from a session it is the session that posts, and renames itself', async () => {
  const id = '963bf434-039c-4310-b9b7-061eef298631';
  await registerSession(files, root, {
    ...{ id, cwd: '/src/app', branch: 'main', process: selfIdentity(), tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
  // Told by this process, below which they run; what the environment says is one more sign of a claude.
  const session = { env: { CLAUDE_CODE_SESSION_ID: 'of-another' } };
  ok(['post', 'from a tool'], session);
  expect(entries()).toMatchObject([{ from: 'app-main' }]);
  expect(ok(['rename', 'builder'], session)).toBe('app-main is now builder');
  expect(run(['rename', 'builder', 'operator'])).toMatchObject({ code: 64 });
  expect(ok(['rename', 'builder', 'maker'])).toBe('builder is now maker');
  const { id: sent, to } = JSON.parse(ok(['send', 'app-main', 'hello', '--kind', 'note', '--json']));
  expect(to).toBe('maker');
  const inbox = JSON.parse(ok(['inbox', 'self', '--json'], session));
  expect(inbox).toMatchObject([{ id: sent, from: 'maker', body: 'hello' }]);
  expect(ok(['status', 'maker'])).toMatch(
    new RegExp(`^maker\\n  state +unknown\\n  session +${id}\\n  inbox +1 message\\n`),
  );
  expect(JSON.parse(ok(['status', 'app-main', '--json']))).toMatchObject({ kind: 'session', id });
  expect(run(['peek', 'maker'])).toMatchObject({
    code: 66,
    stderr: expect.stringContaining('nothing was said in that session yet'),
  });
  expect(run(['notify', '--agent', 'maker'])).toMatchObject({
    code: 66,
    stderr: expect.stringContaining('Try: agent-runner notify maker'),
  });
  // By any name or part of its id; nobody serves it here.
  for (const named of ['maker', 'app-main', id, shortId(id)])
    expect(run(['notify', named]), named).toMatchObject({ code: 69, stderr: expect.stringContaining('unavailable') });
  expect(run(['notify', 'makr'])).toMatchObject({ code: 66, stderr: expect.stringContaining('"maker"') });
  expect(run(['notify', 'operator'])).toMatchObject({ code: 64 });
  expect(JSON.parse(ok(['list', '--json']))).toMatchObject([{ kind: 'session', name: 'maker', waiting: 1 }]);
});

test('the commands of the README do what they say, as they stand there', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const block = /^## Your own sessions[\s\S]*?```sh\n([\s\S]*?)```/m.exec(readme)![1]!;
  const home = join(place, 'home');
  const bin = join(place, 'bin');
  for (const directory of [home, bin]) mkdirSync(directory);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${join(build.dist, 'cli.js')}' "$@"\n`;
  writeFileSync(join(bin, 'agent-runner'), command, { mode: 0o755 });
  const root = join(home, '.agent-runner');
  await makeRoot(files, root, false);
  const facts = {
    cwd: '/src/app',
    branch: 'main',
    process: selfIdentity(),
    tmux: null,
    configDir: null,
    transcript: null,
  };
  const types = (lines: string) => {
    const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home };
    const end = spawnSync('/bin/sh', ['-ex', '-c', lines], { encoding: 'utf8', cwd: home, env });
    expect(end).toMatchObject({ status: 0 });
    return end.stdout;
  };
  // A person installs the hooks; the rest may be called from a session, as this process is one then.
  const [first, ...others] = block.split('\n\n');
  const installed = types(first!);
  const id = '963bf434-039c-4310-b9b7-061eef298631';
  await registerSession(files, root, { id, startedAt: new Date().toISOString(), ...facts });
  const shown = installed + types(others.join('\n'));
  for (const words of ['settings.json now.', 'user     installed', 'alert #ci key build', 'app-main is now builder'])
    expect(shown).toContain(words);
  const board = spawnSync(join(bin, 'agent-runner'), ['board'], { encoding: 'utf8', env: { HOME: home, PATH: bin } });
  expect(board.stdout).toContain('the build is red');
  expect(readdirSync(sessionLayout(root, id).inbox.new)).toHaveLength(1);
  // The drop is an entry as soon as it is stable.
  await until('the drop', () =>
    spawnSync(join(bin, 'agent-runner'), ['board'], {
      encoding: 'utf8',
      env: { HOME: home, PATH: bin },
    }).stdout.includes('schema v2 is out'),
  );
});
