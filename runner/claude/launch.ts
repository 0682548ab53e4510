// Starts a turn's child: launch.sh, in its own session, which waits for a word and for its name <turn>/child, and becomes the
// command. It is told its turn late: it may have been started before there was one (spare-launcher.ts). The child outlives the
// runner and writes its own files; the runner never waits for it or reads its output.
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { Files } from '#blackboard/system/files.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { linkChild } from '#blackboard/turns/turns.ts';
import type { SpareLauncher } from '#runner/claude/spare-launcher.ts';
import { type Exit, type LauncherProgram, startLauncher, type Waiting } from '#runner/claude/start-launcher.ts';

export interface LaunchOrder extends LauncherProgram {
  /** Must hold `input.jsonl`; gets `launch.<pid>`, `child`, `stream.jsonl`, `stderr`. */
  readonly turnDir: string;
  /** Where the command works. */
  readonly cwd: string;
  /** It reads its prompts from the runner's pipe, one line each, until that ends. */
  readonly stays?: boolean;
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
  /** Names the file of its order (order.ts), which lies in the turn's directory. Before go(). */
  hand(orderFile: string): void;
  /** Lets the launcher continue (at most once; never rejects). Read `<turn>/child` to learn whether claude started. */
  go(): Promise<Launched>;
  /** Ends the launcher (exit code 95), which has done nothing. No effect after go(). */
  dismiss(): void;
}

/**
 * Never throws; nothing is written before go(). So a launcher can start while the runner waits for the disk; `spare` has one
 * that runs already, or none, and gets another after this one.
 */
export function prepareLaunch(
  files: Files,
  { turnDir, cwd, stays = false, ...program }: LaunchOrder,
  spare?: SpareLauncher,
): Launcher {
  let waiting: Waiting | Promise<Launched>;
  let told = '.';
  try {
    if (!statSync(cwd).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    // Which turn it is stands in one line.
    const taken = turnDir.includes('\n') ? null : spare?.take(program);
    if (taken) told = turnDir;
    const started = taken ?? startLauncher(program, turnDir);
    waiting = 'stdin' in started ? started : started.then(error => notStarted(cwd, error));
  } catch (error) {
    waiting = notStarted(cwd, error);
  }
  if (!('stdin' in waiting)) return neverStarted(waiting);
  const { stdin, exited, identity } = waiting;
  let isCalled = false;
  stdin.write(`${told}\n`);
  return {
    hand: orderFile => void stdin.write(`${orderFile}\n`),
    async go() {
      isCalled = true;
      const launcher = await identity;
      // In one go with the word: a launcher that has the name is waited for.
      const named = launcher && (await linkChild(files, turnDir, launcher).catch(() => null));
      // Somebody has sealed the turn: it ends without a word.
      if (named !== 'exists') stdin.write(named === 'linked' ? 'linked\n' : 'go\n');
      if (named === 'exists' || !stays) stdin.end();
      spare?.renew(program);
      return { kind: 'started', identity: launcher, exited, stdin: stays ? stdin : null };
    },
    dismiss() {
      if (!isCalled) stdin.end();
    },
  };
}

const neverStarted = (why: Promise<Launched>): Launcher => ({ hand() {}, go: () => why, dismiss() {} });

const temporaryCodes = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

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
