// A whole life under umasks that people and services have: whatever we make is ours alone, and what a user has keeps its mode.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliPath } from '#test/support/agent-fixture.ts';
import { realClaudePath, sealed } from '#test/support/isolated-claude.ts';
import { directives } from '#test/support/model/directives.ts';
import { startModelServer } from '#test/support/model/server.ts';

/** Everything under a directory that somebody else may read, write or enter. */
function open(directory: string): string[] {
  const own = (path: string): string[] => {
    // What is only on its way may be gone again.
    const facts = lstatSync(path, { throwIfNoEntry: false });
    const isShut = !facts || facts.isSymbolicLink() || (facts.mode & 0o077) === 0;
    return isShut ? [] : [`${(facts.mode & 0o777).toString(8)} ${path}`];
  };
  const inside = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(name => join(directory, name));
  return [directory, ...inside].flatMap(own);
}

test.each(['0', '0777'])('under umask %s', async mask => {
  await using server = await startModelServer(directives());
  await using place = await sealed({ baseUrl: server.url });
  /** Of `sh`, so that the umask is its own; the model server lives in this process and must go on. */
  const run = (cwd: string, ...words: string[]) =>
    new Promise<string>((resolve, reject) => {
      const shell = ['-c', `umask ${mask}; exec "$0" "$@"`, process.execPath, cliPath, ...words];
      execFile('/bin/sh', shell, { cwd, env: place.env }, (error, stdout, stderr) =>
        error ? reject(new Error(`${words.join(' ')}: ${stderr}`)) : resolve(stdout),
      );
    });
  const done = (...words: string[]) => run(place.cwd, ...words);
  const root = join(place.home, '.agent-runner');
  const project = join(place.cwd, 'app');
  mkdirSync(join(project, '.claude'), { recursive: true });
  const settings = join(project, '.claude', 'settings.json');
  writeFileSync(settings, '{}\n');
  chmodSync(settings, 0o664);

  await done('init');
  writeFileSync(join(root, 'config.yaml'), `claude: ${realClaudePath()}\n`, { mode: 0o600 });
  await done('add', 'worker', '--cwd', project);
  const attached = join(project, 'data.bin');
  writeFileSync(attached, Buffer.from([0, 1, 2]));
  chmodSync(attached, 0o664);
  await done('send', 'worker', 'Say hello.', '--file', attached);
  for (const [name, bytes] of [
    ['text.md', 'Say hello.'],
    ['scan.bin', Buffer.from([0, 1, 2])],
  ] as const) {
    const drop = join(root, 'agents', 'worker', 'inbox', name);
    writeFileSync(drop, bytes);
    chmodSync(drop, 0o666);
  }
  const note = join(root, 'board', 'drop', 'note.bin');
  writeFileSync(note, Buffer.from([0, 1, 2]));
  chmodSync(note, 0o666);
  await done('post', 'the build is red', '--kind', 'alert', '--topic', 'ci');
  await done('board');
  await done('start', '--detach');
  try {
    await done('ask', 'worker', 'Say hello.');
    expect(lstatSync(join(root, 'agents', 'worker', 'runner.lock')).mode & 0o777).toBe(0o700);
    expect(open(root)).toEqual([]);
  } finally {
    await done('stop');
  }
  await done('inbox');
  await done('hooks', 'install');
  await run(project, 'hooks', 'install', '--project');
  await done('service', 'print');

  expect(readdirSync(join(root, 'agents', 'worker', 'inbox', 'files')).length).toBeGreaterThan(0);
  expect(existsSync(join(place.home, '.claude', 'settings.json'))).toBe(true);
  expect([...open(root), ...open(join(place.home, '.claude'))]).toEqual([]);
  for (const path of [settings, attached]) expect(statSync(path).mode & 0o777, path).toBe(0o664);
});
