/**
 * One launcher of a runner that waits for the next turn, of whichever agent: the fork of the runner and the start of the shell
 * take longer than all else between an intent and its claude. It holds nothing but its end of a pipe from the runner, and ends
 * with that. A turn that finds none, or one with another environment, starts its own.
 */
import { type LauncherProgram, startLauncher, type Waiting } from '#runner/claude/start-launcher.ts';

export interface SpareLauncher extends Disposable {
  /** Of the one that waits; null: none does. */
  readonly pid: number | null;
  /** The one that waits, which is the caller's from now on; null: there is none for this. */
  take(program: LauncherProgram): Waiting | null;
  /** Starts the next one, when the turn that took the last one is on its way. */
  renew(program: LauncherProgram): void;
}

/** `afterMs`: from the start of a turn to that of the next launcher. */
export function createSpareLauncher(afterMs: number): SpareLauncher {
  let waiting: Waiting | null = null;
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    waiting?.stdin.end();
    waiting = null;
  };
  const found = (program?: LauncherProgram) =>
    waiting && !waiting.hasEnded && (!program || isSame(waiting.program, program)) ? waiting : null;
  const start = (program: LauncherProgram) => {
    if (found(program)) return;
    release();
    try {
      const started = startLauncher(program, '/');
      if ('stdin' in started) waiting = started;
    } catch {
      // No descriptors, no processes left: the next turn says so, if it still finds none.
    }
  };
  return {
    get pid() {
      return found()?.pid ?? null;
    },
    take(program) {
      const taken = found(program);
      if (taken) waiting = null;
      return taken;
    },
    renew(program) {
      clearTimeout(timer);
      timer = setTimeout(start, afterMs, program).unref();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      release();
    },
  };
}

function isSame(a: LauncherProgram, b: LauncherProgram): boolean {
  const names = Object.keys(a.env);
  return (
    a.launcherPath === b.launcherPath &&
    names.length === Object.keys(b.env).length &&
    names.every(name => a.env[name] === b.env[name])
  );
}
