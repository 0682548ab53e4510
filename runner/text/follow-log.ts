/** Follows a growing text file: from its last lines, also before it exists, and across a copy-truncation. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '#blackboard/system/clock.ts';
import { errnoOf } from '#blackboard/system/errors.ts';

/** Bytes read at once. */
const CHUNK_BYTES = 64 * 1024;
/** Milliseconds between looks, by default: each is a stat, and there is no watch that could fail silently. */
const LOOK_MS = 150;

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The byte where the last `count` lines begin, and the file's size; 0 and 0 if there is none. */
export async function lastLines(path: string, count: number): Promise<{ fromByte: number; sizeBytes: number }> {
  const file = await openIfThere(path);
  if (!file) return { fromByte: 0, sizeBytes: 0 };
  try {
    const sizeBytes = (await file.stat()).size;
    if (count === 0) return { fromByte: sizeBytes, sizeBytes };
    let missing = count;
    for (let end = sizeBytes; end > 0; ) {
      const begin = Math.max(0, end - CHUNK_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - begin), 0, end - begin, begin);
      for (let at = bytesRead - 1; at >= 0; at--) {
        // The newline at the end of the last line starts no new line.
        if (buffer[at] !== 0x0a || begin + at === sizeBytes - 1) continue;
        if (--missing === 0) return { fromByte: begin + at + 1, sizeBytes };
      }
      end = begin;
    }
    return { fromByte: 0, sizeBytes };
  } finally {
    await file.close();
  }
}

/** How a log is followed. */
export interface Following {
  clock: Clock;
  signal: AbortSignal;
  lookMs?: number;
}

/**
 * Every byte from `fromByte` on, in order, until `signal` aborts; then it looks once more. A file that became shorter
 * was copied to `<path>.1` and truncated (transcript-log.ts): the unread rest is read from there first.
 */
export async function* logBytes(
  path: string,
  fromByte: number,
  { clock, signal, lookMs = LOOK_MS }: Following,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = fromByte;
  for (;;) {
    const isLast = signal.aborted;
    const file = await openIfThere(path);
    try {
      if (file && (await file.stat()).size < offset) {
        yield* copied(`${path}.1`, offset);
        offset = 0;
      }
      if (file)
        for await (const bytes of bytesFrom(file, offset)) {
          offset += bytes.length;
          yield bytes;
        }
    } finally {
      await file?.close();
    }
    if (isLast) return;
    await clock.sleep(lookMs, signal);
  }
}

async function* copied(path: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const copy = await openIfThere(path);
  try {
    if (copy) yield* bytesFrom(copy, offset);
  } finally {
    await copy?.close();
  }
}

async function* bytesFrom(file: FileHandle, from: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = from; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Gives the lines that bytes complete; the rest waits for the next ones. null: no more come, so the rest is a line. */
export function createLineSplitter(): (bytes: Uint8Array | null) => string[] {
  const decoder = new TextDecoder();
  let rest = '';
  return bytes => {
    const lines = (rest + (bytes === null ? '\n' : decoder.decode(bytes, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    return lines;
  };
}
