/**
 * Runs a program of the user or the system to its end: an argv and never a shell, with limited time and output, ended
 * together with its process group. Knows nothing of its purpose. Not with execa, for the same reason as the launcher of
 * turns: 9.6.1 throws past its caller when no descriptors are left, and that would end the whole runner.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { limits } from '#blackboard/system/limits.ts';

export interface ProgramOrder {
  argv: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** An existing directory: spawn(2) would report a missing one as a missing program. */
  cwd: string;
  /** Goes to stdin, which is then closed. */
  input?: string;
  timeoutMs: number;
  /** Characters that are kept of each stream; `limits.programOutputCharsMax` by default. */
  outputCharsMax?: number;
  /** Ends it at once. */
  signal?: AbortSignal;
}

/** Both texts are cut to `outputCharsMax`. */
interface Output {
  stdout: string;
  stderr: string;
}

export type ProgramEnd =
  | ({ kind: 'exited'; code: number | null; signal: string | null } & Output)
  /** It was killed (SIGKILL, the whole group), because of the time or the AbortSignal. */
  | ({ kind: 'killed'; why: 'time' | 'signal' } & Output)
  | { kind: 'not-started'; reason: string };

/** Never rejects. What it started in the background may live on, unless it had to be killed. */
export async function runProgram(order: ProgramOrder): Promise<ProgramEnd> {
  const { argv, env, cwd, input, timeoutMs, outputCharsMax = limits.programOutputCharsMax, signal } = order;
  if (signal?.aborted) return { kind: 'killed', why: 'signal', stdout: '', stderr: '' };
  let child: ChildProcess;
  try {
    child = spawn(argv[0]!, argv.slice(1), { env, cwd, stdio: 'pipe', detached: true });
  } catch (error) {
    return notStarted(argv, error);
  }
  if (child.pid === undefined) return notStarted(argv, (await once(child, 'error'))[0]);
  const { pid } = child;
  child.on('error', () => {}); // Only a failed kill() could still raise one, and nobody here kills through it.
  const stdout = collect(child.stdout!, outputCharsMax);
  const stderr = collect(child.stderr!, outputCharsMax);
  // A program that does not read its stdin closes it (EPIPE); that is not an error.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input ?? '');
  let killed: 'time' | 'signal' | null = null;
  const kill = (why: 'time' | 'signal') => {
    killed ??= why;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  const timer = setTimeout(kill, timeoutMs, 'time');
  const onAbort = () => kill('signal');
  signal?.addEventListener('abort', onAbort, { once: true });
  const pipesClosed = new Promise<void>(resolve => child.once('close', () => resolve()));
  const [code, endSignal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  await pipesDrained(child, pipesClosed);
  const output = { stdout: stdout(), stderr: stderr() };
  return killed === null
    ? { kind: 'exited', code, signal: endSignal, ...output }
    : { kind: 'killed', why: killed, ...output };
}

/** The output comes right after the end; a child that keeps the pipes open is not waited for. */
async function pipesDrained(child: ChildProcess, closed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limits.programPipesMs);
  });
  await Promise.race([closed, limit]);
  clearTimeout(timer);
  for (const pipe of [child.stdin!, child.stdout!, child.stderr!]) pipe.destroy();
}

function collect(stream: Readable, charsMax: number): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (piece: string) => {
    if (text.length < charsMax) text += piece.slice(0, charsMax - text.length);
  });
  return () => text;
}

function notStarted(argv: readonly string[], error: unknown): ProgramEnd {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const name = JSON.stringify(argv[0]);
  const reason =
    code === 'ENOENT'
      ? `there is no program ${name}${argv[0]!.includes('/') ? '' : ' in PATH'}`
      : code === 'EACCES'
        ? `${name} may not be run (EACCES)`
        : `${name} could not be started: ${code}`;
  return { kind: 'not-started', reason };
}

/** How it ended, in words, if it failed; null: it succeeded. */
export function programFault(end: ProgramEnd): string | null {
  if (end.kind === 'not-started') return end.reason;
  const said = end.stderr.trim().split('\n')[0] ?? '';
  const tail = said === '' ? '' : `: ${said}`;
  if (end.kind === 'killed') return `${end.why === 'time' ? 'it took too long and was ended' : 'it was ended'}${tail}`;
  if (end.code === 0) return null;
  return `${end.code === null ? `ended by ${end.signal}` : `exit ${end.code}`}${tail}`;
}
