// The launcher, its start and its end, with real small processes. Every process started here is ended by its pid.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { identify, isAliveSync, isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { ownPlace } from '#blackboard/system/process-place.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { stopChild, waitUntilGone } from '#blackboard/system/stop-process.ts';
import { parseChild } from '#blackboard/turns/turns.ts';
import { submittedCommand } from '#hooks/claude/agent-settings.ts';
import { isChildAlive, lookElsewhere } from '#runner/claude/child-elsewhere.ts';
import { type Launched, type LaunchOrder, prepareLaunch } from '#runner/claude/launch.ts';
import { type Order, writeOrder } from '#runner/claude/order.ts';
import { createSpareLauncher, type SpareLauncher } from '#runner/claude/spare-launcher.ts';
import type { LauncherProgram } from '#runner/claude/start-launcher.ts';

const launcherPath = fileURLToPath(new URL('../../runner/claude/launch.sh', import.meta.url));
const shells = ['/bin/sh', '/bin/dash', '/bin/bash'].filter(existsSync);
const hasFlock = process.platform === 'linux' && spawnSync('flock', ['--version']).status === 0;
const env = { PATH: process.env.PATH! };
const live: ProcessIdentity[] = [];
let base: string;
let turnDir: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'ar-child-'));
  turnDir = join(base, 'turn with a blank');
  await mkdir(turnDir);
  await writeFile(join(turnDir, 'input.jsonl'), 'the prompt');
});
afterEach(async () => {
  for (const identity of live.splice(0)) {
    if (isAliveSync(identity)) process.kill(identity.pid, 'SIGKILL');
    await waitUntilGone(identity, { pollMs: 5 }, systemClock);
  }
  await rm(base, { recursive: true });
});

const read = (name: string) => readFile(join(turnDir, name), 'utf8');
const onDisk = async () => {
  const { identity } = parseChild(await read('child'));
  return identity.pid === 0 ? null : identity;
};
/** The identity in <turn>/child, once the launcher has linked it. */
const linked = () => expect.poll(() => onDisk().catch(() => null), { interval: 5, timeout: 5000 }).not.toBeNull();
const files = createRunnerFiles();
const order = (...argv: string[]) => ({ launcherPath, turnDir, argv, cwd: base, env, variables: {} });
/** As the claude port does it. */
async function prepare(what: LaunchOrder & Order, spare?: SpareLauncher) {
  const launcher = prepareLaunch(files, what, spare);
  launcher.hand(await writeOrder(files, what.turnDir, what));
  return launcher;
}
const launch = async (what: LaunchOrder & Order): Promise<Launched> => (await prepare(what)).go();
/** What is in the turn beside its order, and the identities of launchers. */
const written = async () => (await readdir(turnDir)).filter(name => !/^(order|launch)\./.test(name)).sort();
/** The launchers that have written who they are, and wait for their word. */
const ready = async () => (await readdir(turnDir)).filter(name => name.startsWith('launch.'));
const isReady = (count = 1) => expect.poll(ready, { interval: 5, timeout: 5000 }).toHaveLength(count);

async function start(...argv: string[]): Promise<Extract<Launched, { kind: 'started' }>> {
  const launched = await launch(order(...argv));
  if (launched.kind !== 'started') throw new Error(launched.reason);
  if (launched.identity) live.push(launched.identity);
  return launched;
}

/** A command that prints "ready" and then behaves so. */
async function startReady(script: string) {
  const child = await start('sh', '-c', `${script}; echo ready; while :; do sleep 0.05; done`);
  await expect.poll(() => read('stream.jsonl').catch(() => ''), { interval: 5, timeout: 5000 }).toContain('ready');
  return { ...child, identity: child.identity! };
}

/** Told to go on, as prepareLaunch does it; `word`: or something else. */
async function runLauncherWith(word: string, shell: string, what: LaunchOrder & Order) {
  const name = await writeOrder(files, turnDir, what);
  const child = spawn(shell, [launcherPath], { cwd: '/', env: what.env, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(`${turnDir}\n${name}\n${word}`);
  return child;
}

const runLauncher = (shell: string, ...args: string[]) => runLauncherWith('go\n', shell, order(...args));

async function runShell(shell: string, ...args: string[]) {
  const child = await runLauncher(shell, ...args);
  const [code] = await once(child, 'exit');
  return code as number;
}

test.each(shells)('under %s the command keeps the identity that the launcher wrote', async shell => {
  const child = await runLauncher(shell, 'sleep', '30');
  try {
    await expect
      .poll(() => readFile(`/proc/${child.pid}/comm`, 'utf8').catch(() => 'sleep\n'), { interval: 5 })
      .toBe('sleep\n');
    await linked();
    expect(await onDisk()).toEqual(await identify(child.pid!));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test.each(shells)('under %s arguments arrive unchanged, prompt on stdin, output in the turn', async shell => {
  const odd = ['a b', '*', '---', "it's", '', '$HOME', 'two\nlines'];
  const script = 'cat; echo "[$#]" >&2; for each; do printf "<%s>" "$each"; done';
  expect(await runShell(shell, 'sh', '-c', script, 'name', ...odd)).toBe(0);
  expect(await read('stream.jsonl')).toBe(`the prompt${odd.map(each => `<${each}>`).join('')}`);
  expect(await read('stderr')).toBe(`[${odd.length}]\n`);
});

test('a name with brackets and blanks does not shift the start time', async () => {
  const strange = join(base, 'a) Z (b) 1 2 3');
  await writeFile(strange, `#!/bin/sh\nexec sh -c 'cat /proc/$$/stat'\n`, { mode: 0o755 });
  const child = await start(strange);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  const written = (await onDisk())!;
  if (child.identity) expect(written).toEqual(child.identity);
  expect(written.startTime).toMatch(process.platform === 'linux' ? /^\d+$/ : /^\S+$/);
});

/** Launchers that the runner of this test has started. */
const launchersHere = () =>
  spawnSync('ps', ['-ax', '-ww', '-o', 'args='], { encoding: 'utf8' }).stdout.split(join(base, 'launch.sh')).length - 1;

describe('a launcher that waits', () => {
  test.each(shells.flatMap(shell => ['', 'g', 'stop\n', '\n', 'go on\n'].map(word => [shell, word])))(
    'under %s, told %j, ends and has written nothing',
    async (shell, word) => {
      const child = await runLauncherWith(word!, shell!, order('sh', '-c', `touch ${base}/ran`));
      expect((await once(child, 'exit'))[0]).toBe(95);
      expect(await written()).toEqual(['input.jsonl']);
      expect(existsSync(join(base, 'ran'))).toBe(false);
    },
  );

  test('does nothing until it is told to, and nothing at all where it is dismissed', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => prepare(order('sh', '-c', `echo x >> ${base}/ran`))));
    const ended = spawn('sh', ['-c', 'exit 0']);
    await once(ended, 'exit');
    expect(await written()).toEqual(['input.jsonl']);
    first!.dismiss();
    const going = second!.go();
    second!.dismiss();
    const launched = await going;
    expect(launched.kind === 'started' && (await launched.exited)).toEqual({ code: 0, signal: null });
    expect(await readFile(join(base, 'ran'), 'utf8')).toBe('x\n');
    const dismissed = await first!.go();
    expect(dismissed.kind === 'started' && (await dismissed.exited)).toEqual({ code: 95, signal: null });
  });

  test('ends with its runner, which was killed', async () => {
    // Its runner says so itself, and dies before anything else can happen in it.
    const script = `await prepare(order); writeSync(1, '{}'); process.kill(process.pid, 'SIGKILL');`;
    const { code } = await runRunner(script, ['sh', '-c', `touch ${base}/ran`], 256);
    expect(code).toBeNull();
    await expect.poll(launchersHere, { interval: 20 }).toBe(0);
    expect(await written()).toEqual(['input.jsonl']);
    expect(existsSync(join(base, 'ran'))).toBe(false);
  });
});

describe('a launcher that has written who it is', () => {
  /** A PATH in which there is no ln. */
  const withoutLn = () => ({ ...env, PATH: base });
  const run = (what: Order & LaunchOrder) => prepare({ ...what, env: withoutLn() });

  test('gets its name from its runner: no program is left between the word and the command', async () => {
    const launcher = await run(order('/bin/sh', '-c', 'echo ran'));
    await isReady();
    expect(await written()).toEqual(['input.jsonl']);
    const launched = await launcher.go();
    const { identity, exited } = launched.kind === 'started' ? launched : expect.fail(launched.reason);
    expect(await onDisk()).toEqual(identity);
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(await read('stream.jsonl')).toBe('ran\n');
  });

  test('and one that has not, links it by itself: the control, in which it finds no ln', async () => {
    const launcher = await run(order('/bin/sh', '-c', 'echo ran'));
    await isReady();
    await rm(join(turnDir, (await ready())[0]!));
    const launched = await launcher.go();
    expect(launched.kind === 'started' && (await launched.exited)).toEqual({ code: 97, signal: null });
    expect(await written()).toEqual(['input.jsonl']);
  });

  test('ends without a word where the turn was sealed meanwhile', async () => {
    const launcher = await prepare({ ...order('sh', '-c', `touch ${base}/ran`), stays: true });
    await isReady();
    await writeFile(join(turnDir, 'child'), 'sealed\n');
    const launched = await launcher.go();
    expect(launched.kind === 'started' && (await launched.exited)).toEqual({ code: 95, signal: null });
    expect(existsSync(join(base, 'ran'))).toBe(false);
  });

  test('of two with one turn one is given the name, and both would run if both were told so: the control', async () => {
    const count = ['sh', '-c', `echo x >> ${base}/ran`];
    const both = await Promise.all([1, 2].map(() => prepare(order(...count))));
    await isReady(2);
    const ends = await Promise.all(
      both.map(async launcher => {
        const launched = await launcher.go();
        return launched.kind === 'started' && (await launched.exited).code;
      }),
    );
    expect(ends.sort()).toEqual([0, 95]);
    expect(await readFile(join(base, 'ran'), 'utf8')).toBe('x\n');
    const told = await Promise.all([1, 2].map(() => runLauncherWith('linked\n', '/bin/sh', order(...count))));
    await Promise.all(told.map(launcher => once(launcher, 'exit')));
    expect(await readFile(join(base, 'ran'), 'utf8')).toBe('x\nx\nx\n');
  });

  test('whose runner is killed between the name and the word, has the name and has opened nothing', async () => {
    const script = `await prepare(order);
      let found;
      while (!found) found = readdirSync(order.turnDir).find(name => name.startsWith('launch.'));
      linkSync(order.turnDir + '/' + found, order.turnDir + '/child');
      writeSync(1, '{}'); process.kill(process.pid, 'SIGKILL');`;
    expect((await runRunner(script, ['sh', '-c', `touch ${base}/ran`], 256)).code).toBeNull();
    await expect.poll(launchersHere, { interval: 20 }).toBe(0);
    expect(await onDisk()).not.toBeNull();
    expect(await written()).toEqual(['child', 'input.jsonl']);
    expect(existsSync(join(base, 'ran'))).toBe(false);
  });
});

test('of many launchers of one turn exactly one starts its command', async () => {
  const counting = join(base, 'started');
  const all = await Promise.all(
    Array.from({ length: 12 }, () => start('sh', '-c', `echo x >> ${counting}; cat > /dev/null`)),
  );
  const codes = (await Promise.all(all.map(({ exited }) => exited))).map(({ code }) => code);
  // Told so by their runner, or by the link.
  expect(codes.map(code => (code === 95 ? 97 : code)).sort()).toEqual([0, ...Array(11).fill(97)]);
  expect(await readFile(counting, 'utf8')).toBe('x\n');
});

test('a turn that was sealed under the same name starts nothing', async () => {
  await writeFile(join(turnDir, 'child'), 'sealed\n');
  const { code } = await (await start('sh', '-c', `touch ${base}/ran`)).exited;
  expect([95, 97]).toContain(code);
  expect(existsSync(join(base, 'ran'))).toBe(false);
  expect(await read('child')).toBe('sealed\n');
});

test('a stop that was asked for before the start starts nothing, but says who would have', async () => {
  await writeFile(join(turnDir, 'stop'), '');
  expect(await (await start('sh', '-c', `touch ${base}/ran`)).exited).toEqual({ code: 96, signal: null });
  expect(existsSync(join(base, 'ran'))).toBe(false);
  expect(await onDisk()).not.toBeNull();
});

test.each(['stream.jsonl', 'stderr', 'input.jsonl'])(
  'where %s cannot be opened no command starts, and the launcher says that it is at fault',
  async name => {
    await rm(join(turnDir, name), { force: true });
    if (name !== 'input.jsonl') await mkdir(join(turnDir, name));
    expect(await (await start('sh', '-c', `touch ${base}/ran`)).exited).toEqual({ code: 98, signal: null });
    expect(existsSync(join(base, 'ran'))).toBe(false);
  },
);

test.each(shells)(
  'under %s the command works in its own directory, links resolved, and not in the turn',
  async shell => {
    const real = join(base, 'work here');
    await mkdir(real);
    await symlink(real, join(base, 'link'));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    const script = 'pwd -P; echo "$PWD"; echo "${OLDPWD-none}"';
    const what = { ...order('sh', '-c', script), cwd: join(base, 'link'), env: { ...env, CDPATH: '/' } };
    const launcher = await runLauncherWith('go\n', shell, what);
    expect((await once(launcher, 'exit'))[0]).toBe(0);
    expect(await read('stream.jsonl')).toBe(`${real}\n${real}\nnone\n`);
  },
);

/**
 * The launcher of turn 1 is stopped, its agent goes away and another of that name has a turn 1: the same path. What the launcher
 * then did with its word. `hasEntered`: it was in the turn's directory by then. `orderThere`: the new turn has an order of its name.
 */
async function launcherOfAnotherLife(launcher: string, hasEntered: boolean, orderThere = false) {
  const script = `touch ${base}/ran`;
  const child = spawn('/bin/sh', [launcher], { cwd: '/', env, stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  const name = await writeOrder(files, turnDir, order('sh', '-c', script));
  if (hasEntered) {
    child.stdin.write(`${turnDir}\n`);
    await expect.poll(() => readlink(`/proc/${child.pid}/cwd`), { interval: 5 }).toBe(turnDir);
  }
  process.kill(child.pid!, 'SIGSTOP');
  await writeFile(join(turnDir, 'child'), 'sealed\n');
  await rename(turnDir, join(base, 'removed'));
  await mkdir(turnDir);
  await writeFile(join(turnDir, 'input.jsonl'), 'of the new agent');
  if (orderThere) await copyFile(join(base, 'removed', name), join(turnDir, name));
  process.kill(child.pid!, 'SIGCONT');
  child.stdin.end(`${hasEntered ? '' : `${turnDir}\n`}${name}\ngo\n`);
  const [code] = await exited;
  return { code, new: await written(), ran: existsSync(join(base, 'ran')) };
}

const hasProc = existsSync('/proc/self/cwd');

test.runIf(hasProc)(
  'a launcher whose agent was removed does nothing in the turn of another agent of that name',
  async () => {
    expect(await launcherOfAnotherLife(launcherPath, true)).toEqual({ code: 97, new: ['input.jsonl'], ran: false });
  },
);

test('nor does one that had not come into its turn by then: its order is not there', async () => {
  expect(await launcherOfAnotherLife(launcherPath, false)).toEqual({ code: 95, new: ['input.jsonl'], ran: false });
});

test('a launcher that finds an order of that name takes that turn: the control', async () => {
  const met = await launcherOfAnotherLife(launcherPath, false, true);
  expect(met).toMatchObject({ code: 0, ran: true });
  expect(met.new).toContain('child');
});

test.runIf(hasProc)('a launcher that goes by a path takes that turn: the control', async () => {
  const text = await readFile(launcherPath, 'utf8');
  const byPath = text.replace(/^\. "\.\/\$order"$/m, '$&\ncd "$turn"');
  expect(byPath).not.toBe(text);
  await writeFile(join(base, 'by-path.sh'), byPath);
  const met = await launcherOfAnotherLife(join(base, 'by-path.sh'), true);
  expect(met).toMatchObject({ code: 0, ran: true });
  expect(met.new).toContain('child');
});

test('a working directory that goes away while the launcher waits starts nothing', async () => {
  const cwd = join(base, 'gone soon');
  await mkdir(cwd);
  const launcher = await prepare({ ...order('sh', '-c', `touch ${base}/ran`), cwd });
  await rm(cwd, { recursive: true });
  const launched = await launcher.go();
  expect(launched.kind === 'started' && (await launched.exited)).toEqual({ code: 94, signal: null });
  expect(existsSync(join(turnDir, 'stream.jsonl'))).toBe(false);
});

test('a command that is not there ends with 127 and the reason', async () => {
  expect(await (await start('/nowhere/claude')).exited).toEqual({ code: 127, signal: null });
  expect(await read('stderr')).toContain('/nowhere/claude');
});

test('what the child writes is readable by its owner alone', async () => {
  await (await start('cat')).exited;
  for (const name of await readdir(turnDir)) {
    if (name !== 'input.jsonl') expect((await stat(join(turnDir, name))).mode & 0o077, name).toBe(0);
  }
});

test('a working directory that is gone is told, not thrown', async () => {
  const cwd = join(base, 'gone');
  const launched = await launch({ ...order('true'), cwd });
  expect(launched).toMatchObject({ kind: 'not-started', temporary: false, reason: expect.stringContaining(cwd) });
  expect(existsSync(join(turnDir, 'child'))).toBe(false);
});

/**
 * Runs `script` in a process of its own, in which `prepareLaunch`, `prepare`, `createSpareLauncher` and `order` are ours, and the
 * launcher a copy; resolves to what it prints and its exit code.
 */
async function runRunner(script: string, argv: string[], descriptors: number) {
  const path = join(base, 'runner.mjs');
  const claude = fileURLToPath(new URL('../../runner/claude/', import.meta.url));
  const system = fileURLToPath(new URL('../../blackboard/system/', import.meta.url));
  await copyFile(launcherPath, join(base, 'launch.sh'));
  await build({
    stdin: {
      contents: `import { linkSync, openSync, readdirSync, writeSync } from 'node:fs'; import { prepareLaunch } from '${claude}launch.ts';
        import { writeOrder } from '${claude}order.ts'; import { ownPlace } from '#blackboard/system/process-place.ts';
import { createRunnerFiles } from '${system}runner-files.ts';
        import { createSpareLauncher } from '${claude}spare-launcher.ts';
        const files = createRunnerFiles();
        const order = ${JSON.stringify({ ...order(...argv), launcherPath: join(base, 'launch.sh') })};
        const prepare = async (what, spare) => {
          const launcher = prepareLaunch(files, what, spare);
          launcher.hand(await writeOrder(files, what.turnDir, what));
          return launcher;
        };
        ${script}`,
      resolveDir: base,
      loader: 'ts',
    },
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  const runner = spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$1"`, process.execPath, path], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  runner.stdout.on('data', chunk => {
    said += chunk;
  });
  const [code] = await once(runner, 'close');
  return { code: code as number | null, launched: JSON.parse(said) as Launched };
}

test('too many open files is told as temporary, not thrown', async () => {
  const script = `try { for (;;) openSync('/dev/null', 'r'); } catch {}
    console.log(JSON.stringify(await prepareLaunch(files, order).go()));`;
  const { code, launched } = await runRunner(script, ['true'], 64);
  expect(launched).toEqual({ kind: 'not-started', reason: expect.stringContaining('EMFILE'), temporary: true });
  expect(code).toBe(0);
});

test('arguments that are too long for the kernel are told, as a command that cannot be run', async () => {
  expect(await (await start('echo', 'x'.repeat(3 * 1024 * 1024))).exited).toEqual({ code: 126, signal: null });
  expect(await read('stderr')).toContain('rgument list too long');
});

test('a runner that has nothing else to do exits, and its child goes on and finishes its files', async () => {
  const gate = join(base, 'gate');
  const argv = ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.02; done; echo done`];
  const { code, launched } = await runRunner(
    'console.log(JSON.stringify(await (await prepare(order)).go()));',
    argv,
    256,
  );
  const identity = launched.kind === 'started' ? launched.identity! : expect.fail(launched.reason);
  live.push(identity);
  expect(code).toBe(0);
  expect(isAliveSync(identity)).toBe(true);
  await writeFile(gate, '');
  await waitUntilGone(identity, { pollMs: 5 }, systemClock);
  expect(await read('stream.jsonl')).toBe('done\n');
});

test('a child that obeys is ended by SIGINT', async () => {
  const { identity, exited } = await startReady('trap "echo interrupted; exit 0" INT');
  expect(await stopChild(identity, { graceMs: [5000, 5000] }, systemClock)).toBe('SIGINT');
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(await read('stream.jsonl')).toContain('interrupted');
});

test('one that ignores SIGINT is ended by SIGTERM, one that ignores both by SIGKILL', async () => {
  const first = await startReady('trap "" INT');
  expect(await stopChild(first.identity, { graceMs: [50, 5000] }, systemClock)).toBe('SIGTERM');
  for (const name of ['child', 'stream.jsonl']) await rm(join(turnDir, name));
  const second = await startReady('trap "" INT TERM');
  expect(await stopChild(second.identity, { graceMs: [50, 50] }, systemClock)).toBe('SIGKILL');
  expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await stopChild(second.identity, { graceMs: [50, 50] }, systemClock)).toBeNull();
});

test('a child that somebody has stopped (SIGSTOP) is ended as well', async () => {
  const { identity, exited } = await startReady('trap "exit 7" INT');
  process.kill(-identity.pid, 'SIGSTOP');
  expect(await stopChild(identity, { graceMs: [5000, 5000] }, systemClock)).toBe('SIGINT');
  expect(await exited).toEqual({ code: 7, signal: null });
});

test('the whole process group goes, and tools in sessions of their own go with a SIGKILL', async () => {
  const tool = `const c = require('child_process').spawn('sleep', ['300'], {detached: true, stdio: 'ignore'});
    require('fs').writeFileSync('${base}/pid', String(c.pid)); setInterval(() => {}, 1000)`;
  await writeFile(join(base, 'tool.cjs'), tool);
  const { identity } = await startReady(
    `trap "" INT TERM; sleep 300 & echo $! > ${base}/member; '${process.execPath}' ${base}/tool.cjs & ` +
      `until [ -s ${base}/pid ]; do sleep 0.02; done`,
  );
  const others: ProcessIdentity[] = [];
  for (const name of ['member', 'pid']) {
    others.push((await identify(Number(await readFile(join(base, name), 'utf8'))))!);
  }
  live.push(...others);
  expect(await stopChild(identity, { graceMs: [20, 20] }, systemClock)).toBe('SIGKILL');
  for (const other of others) expect(await waitUntilGone(other, { pollMs: 5 }, systemClock)).toBe('gone');
});

test.each(shells)('under %s a hook leaves its input whole, prints nothing and never fails', async shell => {
  const input = JSON.stringify({ prompt: 'p'.repeat(1024 * 1024) });
  const hook = async (extra: Record<string, string>) => {
    const child = spawn(shell, ['-c', submittedCommand], {
      env: { ...env, HOME: base, ...extra },
      cwd: base,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        said += chunk;
      });
    }
    child.stdin.on('error', error => {
      said += error.message; // A hook that leaves its input unread breaks the CLI's pipe.
    });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, said };
  };
  const quiet = { code: 0, said: '' };
  expect(await hook({ AGENT_RUNNER_TURN_DIR: turnDir })).toEqual(quiet);
  expect((await read('submitted')) === input).toBe(true);
  expect((await readdir(turnDir)).sort()).toEqual(['input.jsonl', 'submitted']);
  expect(await hook({})).toEqual(quiet);
  expect(await hook({ AGENT_RUNNER_TURN_DIR: join(base, 'gone') })).toEqual(quiet);
  expect(await hook({ AGENT_RUNNER_TURN_DIR: '/proc' })).toEqual(quiet);
});

describe.runIf(hasFlock)('a child in another container', () => {
  const turn = () => ({ ...turnLayout(base, 1), home: turnDir, child: join(turnDir, 'child') });
  /** As its record would look, had the launcher run in another pid namespace of this machine. */
  async function movedElsewhere(change: (record: string) => string = record => record): Promise<ProcessIdentity> {
    const record = (await read('child')).replace(/ \d+@/, ' 77@');
    await rm(join(turnDir, 'child'));
    await writeFile(join(turnDir, 'child'), change(record));
    return (await onDisk())!;
  }

  test('is known to run by the lock that it holds, and to be gone by its end', async () => {
    const child = await startReady(':');
    const identity = await movedElsewhere();
    expect(isElsewhere(identity)).toBe(true);
    expect(await lookElsewhere(files, turn())).toBe('runs');
    expect(await stopChild(identity, { graceMs: [1, 1] }, systemClock)).toBeNull();
    expect(await isChildAlive(files, turn(), identity)).toBe(true);
    process.kill(-child.identity.pid, 'SIGKILL');
    await child.exited;
    // The last holder of the lock, not the leader: its `sleep` may be a moment longer at its end.
    await expect.poll(() => lookElsewhere(files, turn()), { interval: 5, timeout: 5000 }).toBe('gone');
    expect(await isChildAlive(files, turn(), identity)).toBe(false);
  });

  test.each<[string, (record: string) => string]>([
    ['its launcher had no flock', record => record.replace(/ flock:\d+/, '')],
    ['the directory is mounted otherwise there', record => record.replace(/ flock:\d+/, ' flock:0')],
    ['it runs on another host', record => record.replace(/[0-9a-f-]{36} \d+@[0-9a-f]{8}/, 'another-boot 77@00000000')],
  ])('counts as running until a person says that it is gone where %s', async (_why, change) => {
    await (await start('true')).exited;
    const identity = await movedElsewhere(change);
    expect(await lookElsewhere(files, turn())).toBe('unknown');
    expect(await isChildAlive(files, turn(), identity)).toBe(true);
    await writeFile(join(turnDir, 'child'), 'gone\n');
    const said = parseChild(await read('child')).identity;
    expect(await isChildAlive(files, turn(), said)).toBe(false);
  });

  test('is not held for locked where no flock is to be had', async () => {
    const bin = join(base, 'bin');
    await mkdir(bin);
    for (const name of ['ln', 'env']) await symlink(`/bin/${name}`, join(bin, name));
    const launched = await launch({ ...order('/bin/sh', '-c', '/usr/bin/env'), env: { PATH: bin } });
    if (launched.kind === 'started') await launched.exited;
    expect(parseChild(await read('child'))).toMatchObject({ identity: { place: ownPlace() } });
    expect(parseChild(await read('child')).lockedOn).toBeUndefined();
  });
});

describe('a launcher that waits for the next turn', () => {
  let spare: SpareLauncher;
  beforeEach(() => {
    spare = createSpareLauncher(0);
  });
  afterEach(() => spare[Symbol.dispose]());

  /** Starts one; its pid. */
  async function waiting(program: LauncherProgram = order()): Promise<number> {
    spare.renew(program);
    await expect.poll(() => spare.pid, { interval: 1 }).not.toBeNull();
    return spare.pid!;
  }
  async function turnOf(name: string, what: LaunchOrder & Order) {
    const home = join(base, name);
    await mkdir(home);
    await writeFile(join(home, 'input.jsonl'), `prompt of ${name}`);
    return { ...what, turnDir: home };
  }
  /** Its process, and what its command printed. */
  async function turn(what: LaunchOrder & Order) {
    const launched = await (await prepare(what, spare)).go();
    if (launched.kind !== 'started') return expect.fail(launched.reason);
    const { code } = await launched.exited;
    const said = await readFile(join(what.turnDir, 'stream.jsonl'), 'utf8').catch(() => '');
    return { pid: launched.identity?.pid, code, said };
  }
  const isGone = (pid: number) => expect.poll(() => identify(pid), { interval: 5 }).toBeNull();

  test('becomes the command of the next turn, in its directory and with its variables, and another one waits after it', async () => {
    const pid = await waiting();
    const argv = [
      'sh',
      '-c',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
      'echo "$TURN, ${OLDPWD-none}"; pwd -P; cat; printf "[%s]" "$@"',
      'sh',
      "it's",
      '*',
      'a\nb',
    ];
    const what = await turnOf('second turn', { ...order(...argv), variables: { TURN: `two, it's\n$HOME` } });
    const said = `two, it's\n$HOME, none\n${await realpath(base)}\nprompt of second turn[it's][*][a\nb]`;
    expect(await turn(what)).toEqual({ pid, code: 0, said });
    const { identity } = parseChild(await readFile(join(what.turnDir, 'child'), 'utf8'));
    expect(identity.pid).toBe(pid);
    await expect.poll(() => spare.pid, { interval: 1 }).not.toBeNull();
    expect(spare.pid).not.toBe(pid);
  });

  test('is what this process knew first, also where an update has put another launcher there', async () => {
    const path = join(base, 'launch.sh');
    await copyFile(launcherPath, path);
    const program = { ...order('sh', '-c', 'cat'), launcherPath: path };
    await waiting(program);
    await writeFile(path, 'exit 3\n');
    for (const name of ['one', 'two', 'three'])
      expect(await turn(await turnOf(name, program))).toMatchObject({ code: 0, said: `prompt of ${name}` });
  });

  test('takes one turn; another that wants it at once starts its own', async () => {
    const pid = await waiting();
    const print = order('sh', '-c', 'cat');
    const both = await Promise.all(['one', 'two'].map(async name => turn(await turnOf(name, print))));
    expect(both.map(({ said }) => said)).toEqual(['prompt of one', 'prompt of two']);
    expect(both.filter(each => each.pid === pid)).toHaveLength(1);
  });

  test('is a resident like any other: it reads on from the runner', async () => {
    const pid = await waiting();
    const launched = await (await prepare({ ...order('cat'), stays: true }, spare)).go();
    const { identity, stdin, exited } = launched.kind === 'started' ? launched : expect.fail(launched.reason);
    stdin!.end('a line\n');
    expect(await exited).toEqual({ code: 0, signal: null });
    expect([identity?.pid, await read('stream.jsonl')]).toEqual([pid, 'a line\n']);
  });

  test('is left alone by a turn whose environment is another, and makes way for one that has it', async () => {
    const pid = await waiting();
    const changed = { ...order('sh', '-c', 'echo "$CHANGED"'), env: { ...env, CHANGED: 'yes' } };
    const first = await turn(await turnOf('first', changed));
    expect(first).toMatchObject({ code: 0, said: 'yes\n' });
    expect(first.pid).not.toBe(pid);
    await isGone(pid);
    await expect.poll(() => spare.pid, { interval: 1 }).not.toBeNull();
    const next = spare.pid;
    expect(await turn(await turnOf('second', changed))).toEqual({ pid: next, code: 0, said: 'yes\n' });
  });

  test('is left alone by a turn whose directory has two lines', async () => {
    const pid = await waiting();
    const met = await turn(await turnOf('a\nb', order('sh', '-c', 'cat')));
    expect(met).toMatchObject({ code: 0, said: 'prompt of a\nb' });
    expect(spare.pid).toBe(pid);
  });

  test('is not missed where somebody has ended it', async () => {
    const pid = await waiting();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => spare.pid, { interval: 1 }).toBeNull();
    const met = await turn(await turnOf('after', order('sh', '-c', 'cat')));
    expect(met).toMatchObject({ code: 0, said: 'prompt of after' });
    expect(met.pid).not.toBe(pid);
  });

  test('ends with its runner, which was killed, and where it is not wanted any more', async () => {
    const script = `const spare = createSpareLauncher(0); spare.renew(order);
      while (spare.pid === null) await new Promise(resolve => setTimeout(resolve, 1));
      process.kill(spare.pid, 0); writeSync(1, '{}'); process.kill(process.pid, 'SIGKILL');`;
    expect((await runRunner(script, ['true'], 256)).code).toBeNull();
    await expect.poll(launchersHere, { interval: 20 }).toBe(0);
    const pid = await waiting();
    spare[Symbol.dispose]();
    await isGone(pid);
    expect(await written()).toEqual(['input.jsonl']);
  });

  test('keeps no runner that has nothing else to do, and holds no stdin but its own', async () => {
    const script = `const spare = createSpareLauncher(0);
      const launched = await (await prepare({ ...order, stays: true }, spare)).go();
      while (spare.pid === null) await new Promise(resolve => setTimeout(resolve, 1));
      launched.stdin.end();
      const until = setInterval(() => {}, 1000);
      await launched.exited;
      clearInterval(until);
      console.log(JSON.stringify({ isWaiting: spare.pid !== null }));`;
    expect(await runRunner(script, ['cat'], 256)).toEqual({ code: 0, launched: { isWaiting: true } });
    await expect.poll(launchersHere, { interval: 20 }).toBe(0);
  });
});
