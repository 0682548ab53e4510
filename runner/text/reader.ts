/**
 * The reader of a command's output (`| head`, `less`) may leave: the command then ends by SIGPIPE, like a program of
 * coreutils.
 */
import { errnoOf, exitCode, isTemporary, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

const STREAMS = ['stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/**
 * What every command does that has nothing to clean up. If it cannot print for another reason, it says so, with exit 75
 * or 73.
 */
export function cannotPrint(name: StreamName, error: unknown): void {
  if (hasLeft(error)) endBySigpipe();
  // If stderr cannot be written, neither the result nor the exit code changes.
  if (name === 'stderr') return;
  process.stderr.write(
    `agent-runner: the output cannot be written: ${reasonOf(error)}\n  The command may have done its work all the same: look before you call it again, with agent-runner list or board\n`,
  );
  process.exit(isTemporary(error) ? exitCode.temporary : exitCode.cannotCreate);
}

/** EIO: the terminal is gone. */
const hasLeft = (error: unknown): boolean => ['EPIPE', 'EIO', 'ECONNRESET'].includes(errnoOf(error) ?? '');

/**
 * For commands that must clean up: calls `act` once, instead of ending at once; nothing can be printed after that. They
 * call `endBySigpipe` when they are done.
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
  // Node ignores the Unix signal; removing a listener restores the system's default.
  const nothing = () => {};
  process.on('SIGPIPE', nothing);
  process.off('SIGPIPE', nothing);
  process.kill(process.pid, 'SIGPIPE');
  // Process 1 of a container is not killed by its own Unix signal.
  process.exit(SIGPIPE_EXIT);
}

const SIGPIPE_EXIT = 141;
const POLLERR = 8;
const POLLHUP = 16;

/**
 * For commands that follow something: notices a reader that leaves while there is nothing to print. Needs the optional
 * native module koffi; without it the next line notices. Does not keep the process alive.
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
