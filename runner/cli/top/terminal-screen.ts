/** A terminal as `top` uses it: its other screen, keys one by one, a picture drawn over the one before; all given back at the end. */
import { emitKeypressEvents } from 'node:readline';
import { guarded } from '#runner/cli/terminal/guard.ts';
import type { ScreenSize } from '#runner/cli/top/screen.ts';
import type { Key } from '#runner/cli/top/state.ts';

export interface TerminalScreen extends Disposable {
  size(): ScreenSize;
  draw(lines: readonly string[]): void;
  /** As Ctrl-Z does: the terminal is given back until the shell says to go on. */
  suspend(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Terminals that know it show the picture when it is whole; the others ignore it. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];

export function openScreen(on: { key(key: Key): void; resized(): void }): TerminalScreen {
  const { stdin, stdout } = process;
  emitKeypressEvents(stdin);
  const onKey = (text: string | undefined, { name = '', ctrl = false }: { name?: string; ctrl?: boolean }): void =>
    on.key({ name, ctrl, text: text ?? '' });
  // As bytes: of a text only colours would pass (guard.ts).
  const command = (text: string): void => void stdout.write(Buffer.from(text));
  const enter = (): void => {
    stdin.setRawMode(true);
    stdin.resume();
    command(ENTER);
    on.resized();
  };
  const leave = (): void => {
    command(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  };
  stdin.on('keypress', onKey);
  stdout.on('resize', on.resized);
  process.on('SIGCONT', enter);
  enter();
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    draw(lines) {
      const whole = lines.map(line => `${guarded(line, true)}\u001b[0m\u001b[K`).join('\r\n');
      command(`${BEGIN}\u001b[H${whole}\u001b[J${END}`);
    },
    suspend() {
      leave();
      process.kill(process.pid, 'SIGTSTP');
    },
    [Symbol.dispose]() {
      stdin.off('keypress', onKey);
      stdout.off('resize', on.resized);
      process.off('SIGCONT', enter);
      leave();
    },
  };
}
