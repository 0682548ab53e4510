// Everything to run a claude, the real or the fake one, sealed: a fresh HOME and an environment built from nothing, so that
// no test reads or changes the caller's. Knows nothing of runners, agents or the model server.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The key the sealed CLI shows to the model server; no real service takes it. */
export const dummyKey = 'sk-ant-dummy-key-of-the-test-suite';

/** Absolute path of the pinned real CLI, or of the one that AGENT_RUNNER_TEST_CLAUDE names. Throws if it is not installed. */
export function realClaudePath(): string {
  const pinned = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));
  const path = process.env.AGENT_RUNNER_TEST_CLAUDE ?? pinned;
  accessSync(path);
  return path;
}

/** The version that an executable tells, `2.1.332`. */
export const versionOf = (executable: string): string =>
  /\d+\.\d+\.\d+/.exec(
    execFileSync(executable, ['--version'], { encoding: 'utf8', env: sealedEnv({ home: tmpdir() }) }),
  )![0];

/** Absolute path of the fake CLI (see its header). */
export function fakeClaudePath(): string {
  return fileURLToPath(new URL('./fake-claude.mjs', import.meta.url));
}

export type SealedEnvOptions = {
  home: string;
  /** URL of the model server. Left out: nothing can be reached. */
  baseUrl?: string;
  /** CLAUDE_CODE_MAX_RETRIES; 0 by default, so that an API error ends a turn at once. */
  maxRetries?: number;
  /** Goes over everything else. */
  extra?: Record<string, string>;
};

/** The whole environment of a sealed child; give it as `env` and nothing else of `process.env`. */
export function sealedEnv({ home, baseUrl, maxRetries = 0, extra = {} }: SealedEnvOptions): Record<string, string> {
  return {
    HOME: home,
    PATH: sealedPath(),
    LANG: 'C.UTF-8',
    TMPDIR: join(home, 'tmp'),
    // `list` must not find a tmux server of this machine's user.
    TMUX_TMPDIR: join(home, 'tmp'),
    ANTHROPIC_API_KEY: dummyKey,
    // Port 9 (discard) of this machine: a forgotten baseUrl must not reach the vendor.
    ANTHROPIC_BASE_URL: baseUrl ?? 'http://127.0.0.1:9',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_MAX_RETRIES: String(maxRetries),
    // The CLI refuses bypassPermissions as root unless told that it is in a sandbox.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
    ...extra,
  };
}

/** How a run of claude ended, with all it wrote. */
export type ClaudeEnd = {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Lines of stdout that are JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: stream-json, read as a test sees it
  lines: any[];
  /** The last line of type result, or undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  result: any;
};

export type RunningClaude = {
  child: ChildProcessWithoutNullStreams;
  pid: number;
  /** Resolves once it has ended and its pipes are closed. */
  ended: Promise<ClaudeEnd>;
  /** Resolves with the first stdout line for which `wanted` holds; rejects if claude ends without one. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  line(wanted: (line: any) => boolean): Promise<any>;
};

export type RunOptions = {
  executable: string;
  args?: string[];
  /** Goes to stdin, which is then closed. */
  prompt?: string;
  /** stdin stays open: more lines may follow. */
  stays?: boolean;
  cwd?: string;
  env?: Record<string, string>;
};

export type Sealed = AsyncDisposable & {
  /** Temporary folder that holds everything below; real path, no links in it. */
  root: string;
  home: string;
  /** An empty folder to work in, outside of HOME and in no git repository. */
  cwd: string;
  env: Record<string, string>;
  /** Starts a claude in its own process group; disposal kills it if it still lives. */
  start(options: RunOptions): RunningClaude;
  run(options: RunOptions): Promise<ClaudeEnd>;
  /** Has disposal kill that process too (SIGKILL); for what a test started itself. */
  killLater(pid: number): void;
};

/** A fresh sealed place. Dispose of it (`await using`): kills by pid what was started here, then removes the folder. */
export async function sealed(options: Omit<SealedEnvOptions, 'home'> = {}): Promise<Sealed> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sealed-')));
  const home = join(root, 'home');
  const cwd = join(root, 'work');
  await mkdir(join(home, 'tmp'), { recursive: true });
  await mkdir(cwd);
  const env = sealedEnv({ home, ...options });
  const running = new Set<RunningClaude>();
  const others = new Set<number>();

  function start(run: RunOptions): RunningClaude {
    const started = startClaude({ cwd, ...run, env: { ...env, ...run.env } });
    running.add(started);
    // Either end takes it off the list; a failed start is reported to anyone who awaits `ended`.
    started.ended.then(
      () => running.delete(started),
      () => running.delete(started),
    );
    return started;
  }

  return {
    root,
    home,
    cwd,
    env,
    start,
    run: run => start(run).ended,
    killLater: pid => void others.add(pid),
    async [Symbol.asyncDispose]() {
      for (const pid of others) killQuietly(pid);
      const ends = [...running].map(one => one.ended.catch(() => undefined));
      for (const one of running) killQuietly(-one.pid);
      // A tool's shell has a session of its own and outlives claude and its process group, so it is found by its HOME.
      for (const pid of pidsAtHome(home)) killQuietly(pid);
      await Promise.all(ends);
      try {
        rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      } catch (error) {
        // Of an ordinary user among things of root's (foreign.ts): root removes everything when all tests are over.
        if (process.env.AGENT_RUNNER_TEST_FOREIGN === undefined) throw error;
      }
    },
  };
}

/** Runs `use` in a fresh sealed place and clears it away, however `use` ends. */
export async function withSealed<T>(
  options: Omit<SealedEnvOptions, 'home'>,
  use: (place: Sealed) => Promise<T>,
): Promise<T> {
  await using place = await sealed(options);
  return await use(place);
}

function startClaude({ executable, args = [], prompt = '', stays = false, cwd, env }: RunOptions): RunningClaude {
  const child = spawn(executable, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  // A claude that dies before it has read everything closes the pipe; the exit code tells the story.
  child.stdin.on('error', () => {});
  if (stays) child.stdin.write(prompt);
  else child.stdin.end(prompt);
  const ended = once(child, 'close').then(([code, signal]): ClaudeEnd => {
    const lines = jsonLines(stdout);
    return { code, signal, stdout, stderr, lines, result: lines.findLast(line => line.type === 'result') };
  });
  // Some callers only wait for a line; they must not get an unhandled rejection for a failed start.
  ended.catch(() => {});
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    line: wanted =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = jsonLines(stdout).find(wanted);
          if (found !== undefined) resolve(found);
        };
        child.stdout.on('data', look);
        look();
        ended.then(end => reject(new Error(`claude ended without that line: ${JSON.stringify(end)}`)), reject);
      }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function jsonLines(stdout: string): any[] {
  return stdout.split('\n').flatMap(line => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      // The last line may be half written, and a refused start writes plain text.
      return [];
    }
  });
}

function killQuietly(pid: number): void {
  // Neither 0 nor -0 may get through: that is our own process group.
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Processes whose environment has this HOME; it is unique, so they can only come from here. Linux only, else none. */
function pidsAtHome(home: string): number[] {
  const names = existsSync('/proc/self/environ') ? readdirSync('/proc').filter(name => /^\d+$/.test(name)) : [];
  return names.map(Number).filter(pid => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`);
    } catch {
      // Gone, or somebody else's.
      return false;
    }
  });
}

/** Node's own folder first: the fake's `#!/usr/bin/env node` must find the Node that runs the tests. */
function sealedPath(): string {
  return [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
}
