import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { runnerLine } from '#runner/events/runner-line.ts';
import { createFaults } from '#runner/fleet/faults.ts';
import { faultMend, faultSentence } from '#runner/status/fault-sentence.ts';
import { rootProblems } from '#runner/status/health.ts';
import { refusalSentence, refusedWatch, silenceOf } from '#runner/status/watch-trial.ts';

let home: string;
let root: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'health-'));
  root = join(home, 'root');
  await makeRoot(createRunnerFiles(), root, true);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('what is wrong with the root', () => {
  test('nothing, on a healthy disk; the trials leave nothing behind', async () => {
    const before = readdirSync(root, { recursive: true });
    expect(await rootProblems(root)).toEqual([]);
    expect(readdirSync(root, { recursive: true })).toEqual(before);
  });

  test('it is gone', async () => {
    rmSync(root, { recursive: true });
    const problems = await rootProblems(root);
    expect(problems.map(({ code }) => code)).toEqual(['gone']);
    expect(problems[0]!.sentence).toContain('is not there: unmounted, or moved away (ENOENT)');
  });

  test('it is an empty mount point', async () => {
    rmSync(join(root, 'agents'), { recursive: true });
    expect((await rootProblems(root)).map(({ code }) => code)).toEqual(['gone']);
  });

  test('others can write in it: with the command that shuts it', async () => {
    chmodSync(root, 0o777);
    expect(await rootProblems(root)).toEqual([
      { code: 'mode', sentence: `others can write in ${root} (mode 777)`, mend: `chmod 700 ${root}` },
    ]);
  });

  test('nothing can be written in it', async () => {
    rmSync(join(root, 'runners'), { recursive: true });
    expect((await rootProblems(root)).map(({ code }) => code)).toContain('write');
  });
});

describe('watching', () => {
  test('works in a directory that is there', async () => {
    expect(refusedWatch([root])).toBeNull();
    expect(await silenceOf(join(root, 'runners'))).toBeNull();
  });

  test('a directory that is not there says nothing of watches', () => {
    expect(refusedWatch([join(root, 'nowhere')])).toBeNull();
  });

  test('each refusal names the limit that was reached', () => {
    expect(refusalSentence('ENOSPC')).toContain('fs.inotify.max_user_watches');
    expect(refusalSentence('EMFILE')).toContain('fs.inotify.max_user_instances');
    expect(refusalSentence('EWEIRD')).toContain('EWEIRD');
  });
});

test('every fault of the machine has a sentence and a next step; other errors have none', () => {
  for (const errno of ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EACCES', 'EPERM', 'ENOENT', 'ESTALE']) {
    expect(faultSentence('/r', errno)).toContain(`(${errno})`);
    expect(faultMend('/r', errno)).not.toBe('');
  }
  expect(faultSentence('/r', 'EEXIST')).toBeNull();
});

describe('what is said of faults', () => {
  const error = (code: string) => Object.assign(new Error(`${code}: it failed, open '/x/${Math.random()}'`), { code });
  const listen = () => {
    const lines: string[] = [];
    const notes: [string, string | null][] = [];
    const faults = createFaults({
      root,
      clock: systemClock,
      isAgent: who => who !== root,
      emit: (agent, event) => lines.push(runnerLine(agent, event)!),
      note: (...note) => void notes.push(note),
    });
    return { lines, notes, faults };
  };

  test('a full disk is one line, however many agents it hits and however often, and one when the last has got over it', () => {
    const { lines, notes, faults } = listen();
    for (let round = 0; round < 3; round++) for (const who of ['a', 'b']) faults.raise(who, error('ENOSPC'));
    faults.clear('a');
    expect(lines).toEqual([`no space is left on the disk of ${root} (ENOSPC); trying again every second`]);
    faults.clear('b');
    faults.clear('b');
    expect(lines[1]).toBe(`over: no space is left on the disk of ${root} (ENOSPC)`);
    expect(lines).toHaveLength(2);
    expect(notes.map(([who, problem]) => [who, problem === null])).toEqual([
      ['a', false],
      ['b', false],
      ['a', true],
      ['b', true],
    ]);
  });

  test('another fault of one agent ends its first; an error of its own is said with its name', () => {
    const { lines, faults } = listen();
    faults.raise('a', error('ENOSPC'));
    faults.raise('a', new Error('turns/3/ended is no record'));
    expect(lines.map(line => line.split(':')[0])).toEqual([lines[0]!.split(':')[0], 'over', 'a']);
    expect(lines[2]).toBe('a: turns/3/ended is no record; trying again every second');
  });

  test('the same failure at a file of another random name is not said again', () => {
    const { lines, faults } = listen();
    faults.raise('a', new Error('tmp/d0e6aba0b2423dc580e31d851a4b46c2 was gone'));
    faults.raise('a', new Error('tmp/5f73009e8780d531678ec68b0bd60658 was gone'));
    expect(lines).toHaveLength(1);
  });

  test('ENOENT is the root’s only where the root is gone', () => {
    const { lines, faults } = listen();
    faults.raise('a', error('ENOENT'));
    expect(lines[0]).toMatch(/^a: ENOENT/);
    rmSync(root, { recursive: true });
    faults.raise('b', error('ENOENT'));
    expect(lines[1]).toContain('is not there: unmounted');
  });
});
