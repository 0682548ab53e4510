/** Starts a runner in the background: its output goes to a log file, and the caller waits until it watches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCode, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { READY } from '#runner/service/readiness.ts';

export type Detached =
  | { kind: 'watching'; pid: number }
  /** It ended before that: its exit code and its output. */
  | { kind: 'ended'; exit: number; said: string };

/**
 * Starts `agent-runner …args --log <log>` in its own session. Throws a temporary error (75) if it does not watch within
 * `limits.detachReadyMs`; it is ended then, and also when the caller is interrupted.
 */
export async function startDetached(args: readonly string[], log: string, signal: AbortSignal): Promise<Detached> {
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const file = await open(log, 'a', 0o600);
  try {
    const fromByte = (await file.stat()).size;
    // Its own lines go through --log; Node's words about a crash go the same way.
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args, '--log', log], {
      detached: true,
      stdio: ['ignore', file.fd, file.fd, 'ipc'],
    });
    return await watched(child, log, signal, () => readFrom(log, fromByte));
  } finally {
    await file.close();
  }
}

async function watched(
  child: ChildProcess,
  log: string,
  interrupted: AbortSignal,
  said: () => Promise<string>,
): Promise<Detached> {
  const over = new AbortController();
  const { signal } = over;
  const limit = AbortSignal.timeout(limits.detachReadyMs);
  try {
    const ready = once(child, 'message', { signal }).then(([word]) => (word === READY ? 'ready' : 'other'));
    const ended = once(child, 'exit', { signal }) as Promise<[number | null, string | null]>;
    const cut = Promise.race([aborted(limit), aborted(interrupted)]).then(() => 'cut' as const);
    const first = await Promise.race([ready, ended, cut]);
    if (first === 'cut') {
      child.kill('SIGTERM');
      throw temporaryError(
        `the runner (pid ${child.pid}) did not watch ${limit.aborted ? `within ${limits.detachReadyMs / 1000} s` : 'yet'} and was told to end`,
        `See what it said in ${log}`,
      );
    }
    if (Array.isArray(first)) {
      const [code, endSignal] = first;
      return { kind: 'ended', exit: code ?? exitCode.bug, said: (await said()) || `ended by ${endSignal}\n` };
    }
    if (child.connected) child.disconnect();
    child.unref();
    return { kind: 'watching', pid: child.pid! };
  } finally {
    over.abort();
  }
}

const aborted = async (signal: AbortSignal): Promise<unknown> => signal.aborted || once(signal, 'abort');

/** What was appended since; from the beginning, if a new file was started. */
async function readFrom(log: string, fromByte: number): Promise<string> {
  const file = await open(log, 'r');
  try {
    const { size } = await file.stat();
    const from = size < fromByte ? 0 : fromByte;
    const buffer = Buffer.alloc(Math.min(size - from, limits.programOutputCharsMax));
    await file.read(buffer, 0, buffer.length, from);
    return buffer.toString();
  } finally {
    await file.close();
  }
}
