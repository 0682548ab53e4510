import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showWaiting, type WaitingOptions } from '#runner/text/waiting.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const ESC = '\u001b';
/** A terminal that keeps what was written to it. */
function terminal(columns = 80) {
  let written = '';
  return {
    stream: {
      isTTY: true,
      columns,
      write(text: string) {
        written += text;
      },
    },
    written: () => written,
    /** The line as it stands: what came since it was cleared last. */
    line: () => written.slice(written.lastIndexOf(`${ESC}[K`) + 3),
  };
}

const plain = { env: { NO_COLOR: '1' }, isBackground: () => false };
const show = (words: string, options: WaitingOptions) => showWaiting(words, { ...plain, ...options });

describe('what is waited for', () => {
  it('is shown after a moment, in one line with the seconds, and is gone when that is over', () => {
    const { stream, written, line } = terminal();
    const waiting = show('waiting for reviewer to answer', { stream });
    vi.advanceTimersByTime(500);
    expect(written()).toBe('');
    vi.advanceTimersByTime(2_600);
    expect(line()).toMatch(/^[-|/\\] waiting for reviewer to answer, 3 s$/);
    const first = line();
    vi.advanceTimersByTime(120);
    expect(line()).not.toBe(first);
    expect(written()).not.toContain('\n');
    waiting[Symbol.dispose]();
    expect(line()).toBe('');
    const length = written().length;
    vi.advanceTimersByTime(10_000);
    expect(written()).toHaveLength(length);
  });

  it('that is quick shows nothing at all', () => {
    const { stream, written } = terminal();
    const waiting = show('starting', { stream });
    vi.advanceTimersByTime(600);
    waiting[Symbol.dispose]();
    vi.advanceTimersByTime(10_000);
    expect(written()).toBe('');
  });

  it.each<[string, WaitingOptions]>([
    ['no terminal', { stream: { ...terminal().stream, isTTY: false } }],
    ['--json', { json: true }],
    ['TERM=dumb', { env: { TERM: 'dumb' } }],
    ['the background', { isBackground: () => true }],
  ])('is not shown with %s', (_why, options) => {
    const { stream, written } = terminal();
    const write = vi.fn();
    using _waiting = show('starting', {
      stream,
      ...options,
      ...(options.stream && { stream: { ...options.stream, write } }),
    });
    vi.advanceTimersByTime(10_000);
    expect(written()).toBe('');
    expect(write).not.toHaveBeenCalled();
  });

  it('is dim, and without a colour with NO_COLOR', () => {
    const [dim, colourless] = [terminal(), terminal()];
    using _one = show('starting', { stream: dim.stream, env: {} });
    using _two = show('starting', { stream: colourless.stream });
    vi.advanceTimersByTime(1_000);
    expect(dim.line()).toMatch(/\[2m. starting/);
    expect(colourless.line()).toMatch(/^. starting/);
    expect(colourless.written().replaceAll(`\r${ESC}[K`, '')).not.toContain(ESC);
  });

  it('never wraps: a line that did could not be cleared', () => {
    const { stream, line } = terminal(20);
    using _waiting = show('waiting for a-very-long-name to answer', { stream });
    vi.advanceTimersByTime(1_000);
    expect(line()).toHaveLength(19);
  });

  it('makes room for other words', () => {
    const { stream, written, line } = terminal();
    using waiting = show('starting', { stream });
    vi.advanceTimersByTime(1_000);
    waiting.above(() => stream.write('said\n'));
    expect(written()).toMatch(new RegExp(`\\r${ESC}\\[Ksaid\\n$`.replace(ESC, '\\u001b')));
    vi.advanceTimersByTime(200);
    expect(line()).toContain('starting');
  });

  it('is cleared by a signal, which then ends the process as it would have', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const before = process.listenerCount('SIGTERM');
    const { stream, line } = terminal();
    show('starting', { stream });
    vi.advanceTimersByTime(1_000);
    expect(line()).not.toBe('');
    process.emit('SIGTERM', 'SIGTERM');
    expect(line()).toBe('');
    expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGTERM');
    expect(process.listenerCount('SIGTERM')).toBe(before);
    kill.mockRestore();
  });

  it('leaves signals to a command that catches them', () => {
    const before = process.listenerCount('SIGINT');
    using _waiting = show('starting', { stream: terminal().stream, catchesSignals: true });
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
