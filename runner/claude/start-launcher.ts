/** The process of a launcher, which knows no turn yet. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { identify, type ProcessIdentity } from '#blackboard/system/process-identity.ts';

export interface LauncherProgram {
  /** runner/claude/launch.sh, or its copy in dist/. */
  readonly launcherPath: string;
  /** The child's environment, without what its turn adds to it (see child-env.ts). */
  readonly env: Readonly<Record<string, string>>;
}

/** How a child of ours ended: one of the two is null. Launcher's codes: 94 no working directory, 95 it was never told to go on, 96 stop was asked for, 97 the name is taken, 98 no identity, 126/127 command not runnable. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A launcher's process. */
export interface Waiting {
  readonly program: LauncherProgram;
  readonly pid: number;
  readonly stdin: Writable;
  readonly exited: Promise<Exit>;
  readonly identity: Promise<ProcessIdentity | null>;
  readonly hasEnded: boolean;
}

const texts = new Map<string, string>();

/**
 * The launcher as it was when this process asked for it first: an update of the package puts another one there, which may take other
 * words, while the runner goes on. Throws if it cannot be read.
 */
export function launcherText(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  // Without its comments: ps shows it.
  const text = readFileSync(path, 'utf8').replace(/^ *#.*\n/gm, '');
  texts.set(path, text);
  return text;
}

/**
 * Throws, or resolves to the error, where it cannot be started. Not with execa: 9.6.1 throws a TypeError when no descriptors are
 * left, and then the spawn's own error event, to which it does not listen yet, ends the whole runner (reproduced on Node 20.20.2).
 */
export function startLauncher(program: LauncherProgram, cwd: string): Waiting | Promise<unknown> {
  const { launcherPath, env } = program;
  const child: ChildProcess = spawn('/bin/sh', ['-c', launcherText(launcherPath), launcherPath], {
    cwd,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  let hasEnded = false;
  const exited = new Promise<Exit>(resolve => {
    child.once('exit', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal });
    });
  });
  if (child.pid === undefined) return once(child, 'error').then(([error]) => error);
  child.on('error', () => {}); // Only a failed kill() could still raise one, and nobody here kills through it.
  child.stdin!.on('error', () => {}); // It has ended before it was told to: `exited` says how.
  child.unref();
  const identity = identify(child.pid).catch(() => null);
  return {
    program,
    pid: child.pid,
    stdin: child.stdin!,
    exited,
    identity,
    get hasEnded() {
      return hasEnded;
    },
  };
}
