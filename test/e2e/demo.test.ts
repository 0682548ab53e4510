// The demo as a newcomer runs it: the real claude, no account, the scripted model on loopback, nothing left behind.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Sealed, sealed } from '#test/support/isolated-claude.ts';

const cliPath = process.env.AGENT_RUNNER_TEST_CLI ?? fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let place: Sealed;
beforeEach(async () => {
  // The caller's own API settings lead nowhere: a demo that used them would fail.
  place = await sealed({ baseUrl: 'http://127.0.0.1:9' });
});
afterEach(() => place[Symbol.asyncDispose]());

const demo = (...args: string[]) => place.start({ executable: process.execPath, args: [cliPath, 'demo', ...args] });
const scratches = () => readdirSync(join(place.home, 'tmp')).filter(name => name.startsWith('agent-runner-demo-'));

/** Processes that carry the demo's scratch directory in their environment. Linux only, else none. */
function leftProcesses(): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(join(place.home, 'tmp', 'agent-runner-demo-'));
    } catch {
      // Gone, or no process.
      return false;
    }
  });
}

/** Resolves with what was printed once it holds these words. */
function printed(running: ReturnType<typeof demo>, words: string): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    running.child.stdout.on('data', (piece: string) => {
      text += piece;
      if (text.includes(words)) resolve(text);
    });
    running.ended.then(end => reject(new Error(`the demo ended first: ${JSON.stringify(end)}`)), reject);
  });
}

it('two agents work on a dropped file, their transcripts scroll by, the answer and its trace are shown, nothing is left', async () => {
  const { code, stdout, stderr } = await demo().ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const order = [
    '$ cp request.md',
    'planner │ ── turn 1',
    'planner │ ▶ operator request',
    'planner │   ⚙ Bash {"command":"agent-runner send worker',
    'worker  │ ▶ planner request',
    'worker  │   ⚙ Write',
    'worker  │ ✔ answered',
    'planner │   ⚙ Bash {"command":"cat CHANGES.md"',
    'planner │ ✔ answered',
    '$ agent-runner inbox',
    'from planner, answer:',
    '- The first version: agents work on dropped files.',
    '$ agent-runner trace',
    'replied',
    'Done in',
    'agent-runner init',
  ];
  let from = 0;
  for (const words of order) {
    const at = stdout.indexOf(words, from);
    expect(at, `${words} in its place in:\n${stdout}`).toBeGreaterThanOrEqual(0);
    from = at + words.length;
  }
  expect(Number(/Done in ([\d.]+) s/.exec(stdout)![1])).toBeLessThan(60);
  expect(stdout).not.toContain('\u001b');
  expect(scratches()).toEqual([]);
  expect(leftProcesses()).toEqual([]);
});

it('Ctrl-C ends it at once with what it has started; --keep keeps the directory, for its owner alone', async () => {
  const running = demo('--keep');
  await printed(running, 'planner │ ── turn 1');
  running.child.kill('SIGINT');
  const { code, stderr, stdout } = await running.ended;
  expect(code).toBe(1);
  expect(stderr).toContain('the demo failed: ended by SIGINT');
  expect(leftProcesses()).toEqual([]);
  const [kept] = scratches();
  const directory = join(place.home, 'tmp', kept!);
  expect(stdout).toContain(`Kept: ${directory}`);
  expect((statSync(directory).mode & 0o777).toString(8)).toBe('700');
  expect(readdirSync(directory).sort()).toEqual(['bin', 'home', 'root', 'work']);
});

it('cleans up when nobody reads its output any more', async () => {
  const running = demo();
  await printed(running, 'planner │ ── turn 1');
  running.child.stdout.destroy();
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGPIPE', stderr: '' });
  expect(scratches()).toEqual([]);
  expect(leftProcesses()).toEqual([]);
});

it('says what to install where there is no claude', async () => {
  const elsewhere = join(place.root, 'package');
  mkdirSync(elsewhere);
  for (const name of ['dist', 'templates', 'package.json'])
    cpSync(join(cliPath, '../..', name), join(elsewhere, name), { recursive: true });
  const { code, stdout, stderr } = await place.run({
    executable: process.execPath,
    args: [join(elsewhere, 'dist', 'cli.js'), 'demo'],
  });
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  expect(stderr).toContain('the demo runs the real claude, and found none');
  expect(stderr).toContain('npm ci');
  expect(scratches()).toEqual([]);
});
