// Completions in the real shells: bash always, zsh and fish where they are installed. Each is asked as its user would press TAB.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliPath } from '#test/support/agent-fixture.ts';

let home: string;
let root: string;
let trap: string;

/** Names may have the letters of every script; what a terminal would take for an order is no letter. */
const LETTERS = ['größe', 'प्रोजेक्ट', 'プロジェクト'];
const CONTROLS = ['größe-\u009bx', 'größe-\u202ex'];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'completion-'));
  root = join(home, '.agent-runner');
  trap = join(home, 'trap');
  const names = ['reviewer', 'release-bot', 'worker', `$(touch ${trap.replaceAll('/', '_')})`, '`touch x`', 'a b'];
  for (const name of [...names, ...LETTERS, ...CONTROLS]) {
    mkdirSync(join(root, 'agents', name), { recursive: true });
    writeFileSync(join(root, 'agents', name, 'agent.md'), '---\ncwd: /\n---\n');
  }
  mkdirSync(join(root, 'agents', 'no-agent'));
  for (const directory of ['operator', 'sessions/names']) mkdirSync(join(root, directory), { recursive: true });
  const inbox = join(root, 'agents', 'reviewer', 'inbox');
  for (const directory of ['new', 'cur']) mkdirSync(join(inbox, directory), { recursive: true });
  writeFileSync(join(inbox, 'new', '1795000000000-01a1fc0b-65c1-7a13-a650-68d77794199f,t2,f1'), '');
  writeFileSync(join(inbox, 'new', 'notes$(touch x).txt'), '');
  writeFileSync(join(inbox, 'cur', '2.1795000000000-01a1fc0b-65c1-7a13-a650-68d700000001'), '');
  const session = '963bf434-039c-4310-b9b7-061eef298631';
  mkdirSync(join(root, 'sessions', session));
  writeFileSync(join(root, 'sessions', session, 'peer.json'), '{"name":"app-main"}');
  writeFileSync(join(root, 'sessions', 'names', 'app-main'), `${session}\n`);
  mkdirSync(join(home, 'bin'));
  symlinkSync(cliPath, join(home, 'bin', 'agent-runner'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(home, shell), execFileSync(process.execPath, [cliPath, 'completion', shell]));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

function sh(shell: string, script: string): string[] {
  const env = { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}`, TERM: 'dumb', LANG: 'C.UTF-8' };
  const ended = spawnSync(shell, [...(shell === 'bash' ? ['--norc'] : []), '-c', script], {
    env,
    cwd: home,
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (ended.status !== 0 || ended.stderr !== '') throw new Error(`${shell}: ${ended.status} ${ended.stderr}`);
  return ended.stdout
    .split('\n')
    .filter(line => line !== '')
    .sort();
}

const ways: Record<string, (line: string) => string[]> = {
  bash(line) {
    const words = line.split(' ');
    const list = words.map(word => `'${word}'`).join(' ');
    return sh(
      'bash',
      `source ./bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _agent_runner; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  },
  zsh(line) {
    // The completion's own functions, with what they hand to zsh written down instead.
    const words = line.split(' ');
    const list = words.map(word => `'${word}'`).join(' ');
    return sh(
      'zsh',
      `compdef() {}; compadd() { local -a found; found=(\${(P)@[-1]}); print -rl -- \${(M)found:#\${words[CURRENT]}*} };
       _describe() { local -a found; found=(\${(P)@[-1]}); found=(\${found%%:*}); print -rl -- \${(M)found:#\${words[CURRENT]}*} };
       _files() { print -r -- files };
       source ./zsh; words=(${list}); CURRENT=${words.length}; _agent_runner`,
    );
  },
  fish: line => sh('fish', `source ./fish; complete -C '${line}'`).map(found => found.split('\t')[0]!),
};

describe.each(Object.keys(ways))('%s', shell => {
  const complete = (line: string) => ways[shell]!(line);
  const there = has(shell);

  test.skipIf(!there)('commands, and those below a command', () => {
    expect(complete('agent-runner re')).toEqual(
      expect.arrayContaining(['read', 'remove', 'rename', 'reply', 'resume']),
    );
    expect(complete('agent-runner re')).not.toContain('send');
    expect(complete('agent-runner dead ')).toEqual(expect.arrayContaining(['list', 'show', 'requeue', 'purge']));
    expect(complete('agent-runner completion ')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });

  test.skipIf(!there)('options of the command and of all', () => {
    expect(complete('agent-runner costs --')).toEqual(
      expect.arrayContaining(['--by', '--days', '--json', '--root', '--help']),
    );
    expect(complete('agent-runner costs --')).not.toContain('--lines');
    expect(complete('agent-runner send reviewer --th')).toEqual(['--thread']);
  });

  test.skipIf(!there)('names of agents that are there, and of every peer where a message may go', () => {
    expect(complete('agent-runner status re')).toEqual(['release-bot', 'reviewer']);
    expect(complete('agent-runner send ')).toEqual(
      expect.arrayContaining(['app-main', 'operator', 'release-bot', 'reviewer', 'worker']),
    );
    expect(complete('agent-runner send ')).not.toContain('no-agent');
    expect(complete('agent-runner notify --agent w')).toEqual(['worker']);
    expect(complete('agent-runner -n 3 tail wo').concat(complete('agent-runner tail -n 3 wo'))).toContain('worker');
    expect(complete('agent-runner add re')).not.toContain('reviewer');
  });

  test.skipIf(!there)('names in letters of every script, without what a terminal would obey', () => {
    expect(complete('agent-runner status ')).toEqual(expect.arrayContaining(LETTERS));
    expect(complete('agent-runner status grö')).toEqual(['größe']);
  });

  test.skipIf(!there)('messages that can be acted upon, by what is shown of their ids', () => {
    expect(complete('agent-runner trace ')).toEqual(expect.arrayContaining(['7794199f', '00000001']));
    expect(complete('agent-runner trace 779')).toEqual(['7794199f']);
    expect(complete('agent-runner trace ')).not.toContain('reviewer');
    expect(complete('agent-runner cancel ')).toEqual(expect.arrayContaining(['7794199f', 'reviewer']));
    expect(complete('agent-runner send ')).not.toContain('7794199f');
  });

  test.skipIf(!there)('templates, and the values of a flag', () => {
    mkdirSync(join(root, 'templates'), { recursive: true });
    writeFileSync(join(root, 'templates', 'mine.md'), '');
    expect(complete('agent-runner add x --template m')).toEqual(['mine']);
    expect(complete('agent-runner add x --template w')).toEqual(['watcher', 'worker']);
    expect(complete('agent-runner templates show p')).toEqual(['planner']);
    expect(complete('agent-runner send worker --kind n')).toEqual(['note']);
    expect(complete('agent-runner post --kind a')).toEqual(['alert', 'artifact']);
  });

  // bash names them only while somebody types.
  test.skipIf(!there || shell === 'bash')('directories, where one is wanted, by the shell itself', () => {
    expect(complete('agent-runner add x --cwd ')).toContain({ zsh: 'files', fish: 'bin/' }[shell]);
    expect(complete('agent-runner add x --model ')).toEqual([]);
  });

  test.skipIf(!there)('of the root that is named, and nothing in a name is ever run', () => {
    const other = join(home, 'other');
    mkdirSync(join(other, 'agents', 'elsewhere'), { recursive: true });
    writeFileSync(join(other, 'agents', 'elsewhere', 'agent.md'), '');
    expect(complete(`agent-runner --root ${other} status `)).toContain('elsewhere');
    expect(complete(`agent-runner --root ${other} status `)).not.toContain('reviewer');
    expect(sh(shell, 'ls').filter(name => /x|trap/.test(name))).toEqual([]);
  });
});

test('an unknown shell is refused with the three that there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [cliPath, 'completion', 'tcsh'], { encoding: 'utf8' });
  expect(status).toBe(64);
  expect(stderr).toContain('expected bash, zsh or fish, got "tcsh"');
});
