/** Whoever reads what a command prints (`| head`, `less`) may leave: the command then ends as SIGPIPE ends a program of coreutils. */
import { errnoOf, exitCode, isTemporary, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** For every command that has nothing to put in order first. Where it cannot be printed for another reason, that is said, and exit 75 or 73. */
export function endWithReader(): void {
  for (const name of STREAMS)
    process[name].on('error', error => {
      if (hasLeft(error)) endBySigpipe();
      // What cannot be complained of changes nothing of what was done, nor of the exit code.
      if (name === 'stderr') return;
      process.stderr.write(
        `agent-runner: the output cannot be written: ${reasonOf(error)}\n  The command may have done its work all the same: look before you call it again, with agent-runner list or board\n`,
      );
      process.exit(isTemporary(error) ? exitCode.temporary : exitCode.cannotCreate);
    });
}

/** EIO: the terminal is gone. */
const hasLeft = (error: unknown): boolean => ['EPIPE', 'EIO', 'ECONNRESET'].includes(errnoOf(error) ?? '');

/**
 * For commands that must put something in order: `act` once, instead of ending at once; nothing can be printed from then on.
 * They call `endBySigpipe` when they are done.
 */
export function whenReaderLeaves(act: () => unknown): { hasLeft(): boolean } {
  let left = false;
  for (const name of STREAMS) {
    process[name].removeAllListeners('error');
    process[name].on('error', () => {
      if (!left) act();
      left = true;
    });
  }
  return { hasLeft: () => left };
}

/** Does not return: killed by SIGPIPE, which a shell shows as 141. */
export function endBySigpipe(): never {
  // Node ignores the signal; a listener that is taken away leaves it to the system again.
  const nothing = () => {};
  process.on('SIGPIPE', nothing);
  process.off('SIGPIPE', nothing);
  process.kill(process.pid, 'SIGPIPE');
  // As process 1 of a container one is not killed by a signal of one's own.
  process.exit(SIGPIPE_EXIT);
}

const SIGPIPE_EXIT = 141;
const POLLERR = 8;
const POLLHUP = 16;

/**
 * For commands that follow: a reader that leaves while there is nothing to print is noticed, too. Needs the optional native
 * module koffi; without it the next line finds out. Keeps no process alive.
 */
export async function endWhenReaderLeaves(): Promise<void> {
  if (process.stdout.isTTY) return;
  const poll = await loadPoll();
  if (!poll) return;
  const look = () => {
    const stdout = { fd: 1, events: 0, revents: 0 };
    if (poll(stdout, 1, 0) > 0 && (stdout.revents & (POLLERR | POLLHUP)) !== 0) endBySigpipe();
  };
  setInterval(look, limits.readerLookMs).unref();
}

type Poll = (entry: { fd: number; events: number; revents: number }, count: number, timeoutMs: number) => number;

async function loadPoll(): Promise<Poll | null> {
  try {
    const koffi = (await import('koffi')).default;
    koffi.struct('pollfd', { fd: 'int', events: 'short', revents: 'short' });
    return koffi.load(null).func('int poll(_Inout_ pollfd *entries, unsigned long count, int timeout)') as Poll;
  } catch {
    return null;
  }
}
