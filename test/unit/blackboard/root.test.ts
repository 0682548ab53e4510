import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeRoot, proveFileSystem, requireRoot, rootPath } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

const files = createRunnerFiles();
let home = '';
let root = '';
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-runner-root-')));
  root = join(home, 'root');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('which directory it is', () => {
  test('--root goes before $AGENT_RUNNER_HOME goes before the home directory', () => {
    const env = { AGENT_RUNNER_HOME: '/env', HOME: '/home/u' };
    expect(rootPath('/option', env)).toBe('/option');
    expect(rootPath(undefined, env)).toBe('/env');
    expect(rootPath(undefined, { HOME: '/home/u' })).toBe('/home/u/.agent-runner');
    expect(rootPath(undefined, {})).toBe(join(homedir(), '.agent-runner'));
  });

  test('an empty one counts as none, a relative one is from here', () => {
    expect(rootPath('', { AGENT_RUNNER_HOME: '', HOME: '/home/u' })).toBe('/home/u/.agent-runner');
    expect(rootPath('state', {})).toBe(resolve('state'));
  });

  test('it is never looked for in the directories above: a cloned repository must not run agents', () => {
    mkdirSync(join(home, '.agent-runner', 'agents'), { recursive: true });
    const before = process.cwd();
    process.chdir(home);
    try {
      expect(rootPath(undefined, { HOME: '/home/u' })).toBe('/home/u/.agent-runner');
    } finally {
      process.chdir(before);
    }
  });
});

describe('making it', () => {
  test('makes all that commands expect, for nobody else to see, and doing it again changes nothing', async () => {
    expect(await makeRoot(files, root, false)).toBe('made');
    const made = readdirSync(root, { recursive: true }).sort();
    expect(made).toEqual(expect.arrayContaining(['agents', 'costs', 'operator', 'operator/inbox/new', 'runners']));
    for (const path of made) expect(statSync(join(root, String(path))).mode & 0o077, String(path)).toBe(0);
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(await makeRoot(files, root, false)).toBe('exists');
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(made);
    expect(await requireRoot(root)).toBe(root);
  });

  test('makes the directories above it as well', async () => {
    const deep = join(home, 'a', 'b', 'root');
    await makeRoot(files, deep, false);
    expect(await requireRoot(deep)).toBe(deep);
  });

  test('leaves no trace of its trial of the file system', async () => {
    await makeRoot(files, root, false);
    expect(readdirSync(root).filter(name => name.startsWith('.'))).toEqual([]);
  });

  test('where it cannot be made says so, with exit 73', async () => {
    writeFileSync(join(home, 'file'), '');
    await expect(makeRoot(files, join(home, 'file', 'root'), false)).rejects.toMatchObject({
      code: 'cannot-create',
      exit: 73,
    });
  });

  test('puts nothing into a directory that others can write', async () => {
    mkdirSync(root, { mode: 0o777 });
    chmodSync(root, 0o777);
    await expect(makeRoot(files, root, false)).rejects.toMatchObject({ code: 'refused', exit: 77 });
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('trusting it', () => {
  test('there is none yet: the next step is init', async () => {
    await expect(requireRoot(root)).rejects.toMatchObject({
      code: 'no-such',
      exit: 66,
      hint: `Make it with: agent-runner --root ${root} init`,
    });
  });

  test('a directory that everybody shares is not to be shut', async () => {
    mkdirSync(root);
    chmodSync(root, 0o1777);
    await expect(requireRoot(root)).rejects.toMatchObject({ exit: 77, hint: expect.not.stringContaining('chmod') });
  });

  test.each([0o770, 0o707, 0o722])(
    'others can write in it (mode %o): refused, with the command that shuts it',
    async mode => {
      await makeRoot(files, root, false);
      chmodSync(root, mode);
      await expect(requireRoot(root)).rejects.toMatchObject({
        exit: 77,
        message: expect.stringContaining(mode.toString(8)),
        hint: `Shut it: chmod 700 ${root}`,
      });
    },
  );

  test('others may read it', async () => {
    await makeRoot(files, root, false);
    chmodSync(root, 0o755);
    expect(await requireRoot(root)).toBe(root);
  });

  test.skipIf(process.getuid?.() !== 0)('somebody else’s is refused', async () => {
    await makeRoot(files, root, false);
    const { chownSync } = await import('node:fs');
    chownSync(root, 12345, 12345);
    await expect(requireRoot(root)).rejects.toMatchObject({ exit: 77, message: expect.stringContaining('uid 12345') });
  });

  test('a file is no root, and neither is any other directory', async () => {
    writeFileSync(root, '');
    await expect(requireRoot(root)).rejects.toMatchObject({ exit: 77 });
    await expect(requireRoot(home)).rejects.toMatchObject({ exit: 66, message: expect.stringContaining('no agents/') });
  });

  test('a link is followed to the real directory, and that is what is checked', async () => {
    await makeRoot(files, root, false);
    const link = join(home, 'link');
    symlinkSync(root, link);
    expect(await requireRoot(link)).toBe(root);
    chmodSync(root, 0o777);
    await expect(requireRoot(link)).rejects.toMatchObject({ exit: 77 });
    symlinkSync(join(home, 'nowhere'), join(home, 'dangling'));
    await expect(requireRoot(join(home, 'dangling'))).rejects.toMatchObject({ exit: 77 });
  });
});

describe('a file system that cannot carry it', () => {
  const throwing = (code: string): Files => ({
    ...files,
    link: () => Promise.reject(Object.assign(new Error(code), { code })),
  });

  test.each(['EPERM', 'ENOTSUP', 'EMLINK'])(
    'without hard links (%s) is refused with the reason and the way out',
    async code => {
      mkdirSync(root, { mode: 0o700 });
      await expect(proveFileSystem(throwing(code), root)).rejects.toMatchObject({
        exit: 77,
        message: expect.stringMatching(new RegExp(`no hard links \\(${code}\\)`)),
        hint: expect.stringContaining('--force-filesystem'),
      });
      expect(readdirSync(root)).toEqual([]);
    },
  );

  test('on which a link takes a name that is taken is refused', async () => {
    mkdirSync(root, { mode: 0o700 });
    const careless: Files = { ...files, link: async () => 'linked' };
    await expect(proveFileSystem(careless, root)).rejects.toMatchObject({ exit: 77 });
  });

  test('may be insisted on', async () => {
    expect(await makeRoot(throwing('EPERM'), root, true)).toBe('made');
    expect(existsSync(join(root, 'agents'))).toBe(true);
  });

  test('a full disk is a full disk, not a bad file system', async () => {
    mkdirSync(root, { mode: 0o700 });
    await expect(proveFileSystem(throwing('ENOSPC'), root)).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});

test.each(['agents', 'operator', 'sessions', 'board'])(
  '%s may be a link to a directory; one that leads nowhere, or a file, is named',
  async name => {
    await makeRoot(files, root, true);
    const [path, away] = [join(root, name), join(home, 'away')];
    renameSync(path, away);
    symlinkSync(away, path);
    expect(await requireRoot(root)).toBe(root);
    rmSync(away, { recursive: true });
    await expect(requireRoot(root)).rejects.toThrow(`${path} is a link that leads nowhere`);
    rmSync(path);
    writeFileSync(path, '');
    await expect(requireRoot(root)).rejects.toThrow(`${path} is not a directory`);
  },
);
