/**
 * One line on a terminal's stderr that says what is being waited for and how long; it disappears when the wait is over.
 */
import { readFileSync } from 'node:fs';
import { paintFor } from '#runner/text/terminal.ts';

/** Milliseconds before it is shown: short waits show nothing. */
const FIRST_MS = 700;
/** Milliseconds between its steps. */
const STEP_MS = 120;
const FRAMES = ['|', '/', '-', '\\'] as const;
/** Back to the first column, and clears the line. */
const CLEAR = '\r\u001b[K';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Waiting extends Disposable {
  /** Prints something else meanwhile, on its own line. */
  above(print: () => void): void;
}

export interface WaitingOptions {
  /** With --json nothing is shown. */
  json?: boolean | undefined;
  /** The command catches Unix signals itself, and disposes of this when one comes. */
  catchesSignals?: boolean;
  stream?: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };
  env?: Readonly<Record<string, string | undefined>>;
  /** Whether the terminal belongs to another job: this one was put into the background. */
  isBackground?(): boolean;
}

/**
 * Shows `words` with a spinner and the seconds, from a moment after now until it is disposed of. Shows nothing if
 * stderr is not a terminal, or one that cannot clear a line (TERM=dumb), or while the command runs in the background;
 * no colour with NO_COLOR. A Unix signal clears the line and then ends the process as usual. Never keeps the process
 * alive.
 */
export function showWaiting(words: string, options: WaitingOptions = {}): Waiting {
  const { stream = process.stderr, env = process.env, isBackground = inBackground } = options;
  if (options.json || stream.isTTY !== true || env.TERM === 'dumb')
    return { above: print => print(), [Symbol.dispose]() {} };
  const paint = paintFor(stream, env);
  const begunAtMs = performance.now();
  let steps = 0;
  let isShown = false;
  const clear = () => {
    if (isShown) stream.write(CLEAR);
    isShown = false;
  };
  const draw = () => {
    // The shell's output must not be overwritten.
    if (isBackground()) return;
    const seconds = Math.floor((performance.now() - begunAtMs) / 1000);
    const line = `${FRAMES[steps++ % FRAMES.length]} ${words}, ${seconds} s`;
    // A line that wraps cannot be cleared.
    stream.write(`${CLEAR}${paint.dim(line.slice(0, Math.max(1, (stream.columns || 80) - 1)))}`);
    isShown = true;
  };
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, STEP_MS).unref();
  }, FIRST_MS).unref();
  const end = () => {
    clearTimeout(timer);
    clear();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    end();
    process.kill(process.pid, signal);
  };
  if (!options.catchesSignals) for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    above(print) {
      clear();
      print();
    },
    [Symbol.dispose]: end,
  };
}

/** The same while something is done. */
export async function whileWaiting<Result>(
  words: string,
  options: WaitingOptions,
  act: (waiting: Waiting) => Promise<Result>,
): Promise<Result> {
  using waiting = showWaiting(words, options);
  return await act(waiting);
}

/**
 * From /proc/self/stat: the process group, and that of the terminal. Without it, the process counts as in the
 * foreground.
 */
function inBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group !== foreground;
  } catch {
    return false;
  }
}
