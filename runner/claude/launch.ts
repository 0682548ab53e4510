// Starts a turn's child: launch.sh, in its own session, which waits for a word, links <turn>/child and becomes the
// command. The launcher's working directory is the turn's directory, and it knows no path to it. The child outlives the
// runner and writes its own files; the runner never waits for it or reads its output.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { identify, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { ownPlace } from '#blackboard/system/process-place.ts';

export interface LaunchOrder {
  /** runner/claude/launch.sh, or its copy in dist/. */
  readonly launcherPath: string;
  /** Must hold `input.jsonl`; gets `launch.<pid>`, `child`, `stream.jsonl`, `stderr`. */
  readonly turnDir: string;
  /** The command and its arguments. */
  readonly argv: readonly string[];
  /** Where the command works. */
  readonly cwd: string;
  /** The child's whole environment (see child-env.ts). */
  readonly env: Readonly<Record<string, string>>;
  /** It reads its prompts from the runner's pipe, one line each, until that ends. */
  readonly stays?: boolean;
}

/** How a child of ours ended: one of the two is null. Launcher's codes: 94 no working directory, 95 it was never told to go on, 96 stop was asked for, 97 the name is taken, 98 no identity, 126/127 command not runnable. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export type Launched =
  | {
      readonly kind: 'started';
      /** The launcher's identity, which the command keeps; null if it ended before it could be looked up. */
      readonly identity: ProcessIdentity | null;
      /** Never rejects. Does not keep the event loop alive: a runner with nothing else to do may exit. */
      readonly exited: Promise<Exit>;
      /** Of a child that stays: where its lines go. Errors of it are nobody's: `exited` tells. */
      readonly stdin: Writable | null;
    }
  /** Not even the launcher runs. temporary: out of processes, descriptors or memory. */
  | { readonly kind: 'not-started'; readonly reason: string; readonly temporary: boolean };

/** A waiting launcher. If its runner dies it ends, and has done nothing. */
export interface Launcher {
  /** Lets the launcher continue (at most once; never rejects). Read `<turn>/child` to learn whether claude started. */
  go(): Promise<Launched>;
  /** Ends the launcher (exit code 95), which has done nothing. No effect after go(). */
  dismiss(): void;
}

/**
 * Never throws; nothing is written before go(). So a launcher can start while the runner waits for the disk. Not with
 * execa: 9.6.1 throws a TypeError when no descriptors are left, and then the spawn's own error event, to which it does
 * not listen yet, ends the whole runner (reproduced on Node 20.20.2).
 */
export function prepareLaunch({ launcherPath, turnDir, argv, cwd, env, stays = false }: LaunchOrder): Launcher {
  let child: ChildProcess;
  try {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    if (!statSync(cwd).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    const place = ownPlace();
    const told = {
      ...env,
      ...(place === undefined ? {} : { AGENT_RUNNER_PLACE: `${place} ${statSync(turnDir).dev}` }),
      ...(stays ? { AGENT_RUNNER_STAYS: '1' } : {}),
    };
    const options = { cwd: turnDir, env: told, stdio: [...stdio], detached: true };
    child = spawn('/bin/sh', [launcherPath, cwd, ...argv], options);
  } catch (error) {
    return neverStarted(notStarted(cwd, error));
  }
  const exited = new Promise<Exit>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid === undefined) return neverStarted(once(child, 'error').then(([error]) => notStarted(cwd, error)));
  child.on('error', () => {}); // Only a failed kill() could still raise one, and nobody here kills through it.
  child.stdin?.on('error', () => {}); // It has ended before it was told to: `exited` says how.
  child.unref();
  const identity = identify(child.pid).catch(() => null);
  return {
    async go() {
      if (stays) child.stdin?.write('go\n');
      else child.stdin?.end('go\n');
      return { kind: 'started', identity: await identity, exited, stdin: stays ? child.stdin : null };
    },
    dismiss: () => void child.stdin?.end(),
  };
}

const neverStarted = (why: Promise<Launched>): Launcher => ({ go: () => why, dismiss() {} });

const temporaryCodes = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** ENOENT may mean the command's working directory or the turn's, and spawn(2) reports it for both. */
async function notStarted(cwd: string, error: unknown): Promise<Launched> {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const isDirectory = await stat(cwd).then(
    found => found.isDirectory(),
    () => false,
  );
  const reason =
    isDirectory || temporaryCodes.has(code)
      ? `the launcher could not be started: ${code}`
      : `expected the working directory "${cwd}", which is not there or no directory (${code})`;
  return { kind: 'not-started', reason, temporary: temporaryCodes.has(code) };
}
