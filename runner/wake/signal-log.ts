/**
 * signals.log: one line of JSON for each signal, accepted or refused, rotated by size. Never a token, never a sender's
 * text.
 */

import type { RefusalCode, SignalType } from '#blackboard/signals/signal.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface SignalLine {
  at: string;
  /** Through the socket, or from the runner's own triggers. */
  source: string;
  /** null: the kernel was not asked, or did not say. */
  uid: number | null;
  pid: number | null;
  /** null: it was refused before it was known. */
  type: SignalType | null;
  decision: 'accepted' | 'coalesced' | 'duplicate' | 'refused';
  reason: RefusalCode | null;
}

export interface SignalLog {
  /** Resolves when the line is in the file. Never rejects: a full disk must not stop the signal. */
  write(line: SignalLine): Promise<void>;
}

/** Lines that come during a write are written together next. */
export function createSignalLog(files: Files, path: string, complain: (problem: string | null) => void): SignalLog {
  let waiting: { lines: string[]; written: Promise<void> } | null = null;
  let writing: Promise<void> = Promise.resolve();
  let sizeBytes: number | null = null;

  async function append(text: string): Promise<void> {
    try {
      sizeBytes ??= (await files.facts(path))?.sizeBytes ?? 0;
      if (sizeBytes > 0 && sizeBytes + text.length > limits.signalLogBytesMax) {
        await rotate(files, path);
        sizeBytes = 0;
      }
      await files.append(path, text);
      sizeBytes += text.length;
      complain(null);
    } catch (error) {
      sizeBytes = null;
      complain(`it cannot be written: ${reasonOf(error)}`);
    }
  }

  return {
    write(line) {
      const text = `${JSON.stringify(line)}\n`;
      if (waiting) {
        waiting.lines.push(text);
        return waiting.written;
      }
      const lines = [text];
      const written = writing.then(() => {
        waiting = null;
        return append(lines.join(''));
      });
      waiting = { lines, written };
      writing = written;
      return written;
    },
  };
}

/** signals.log.1 is the previous one, signals.log.2 the one before it. */
async function rotate(files: Files, path: string): Promise<void> {
  for (let number = limits.signalLogsKept; number > 1; number--)
    await files.move(`${path}.${number - 1}`, `${path}.${number}`);
  await files.move(path, `${path}.1`);
}
