/**
 * Reads a file of events as it grows, from its beginning and that of the one before it: across rotation by rename, deletion, and
 * before it exists. Lines that are torn or that nobody knows are skipped: events are a convenience.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import type { Event } from '#blackboard/events/event.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface EventTail extends Disposable {
  /** What has come since the last look; at the first one everything. Cheap where nothing has. */
  look(): Event[];
}

/** A file that is read on. A writer that opened it before it was renamed may still append to it. */
interface Source {
  file: number;
  identity: string;
  offset: number;
  /** A line that has no end yet. */
  rest: Buffer;
}

const NOTHING = Buffer.alloc(0);
/** What is read at once, of one file after the other. */
const buffer = Buffer.alloc(64 * 1024);
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** Inodes are used again: with the time of its birth it is the same file. */
const identityOf = ({ ino, birthtimeMs }: Stats): string => `${ino}:${birthtimeMs}`;

/** `lastMax`: at the first look, at least so many of the newest events are given, and perhaps not all. */
export function tailEvents(path: string, lastMax: number = Number.POSITIVE_INFINITY): EventTail {
  let bytesMax = lastMax * limits.eventBytesMax;
  /** The file of this name when it was last looked at. */
  let current: Source | null = null;
  /** The one that had this name before: looked at once more. */
  let retired: Source | null = null;
  /** Of `<path>.1` when it was last looked at. */
  let before: string | null = null;

  const drain = (source: Source): Event[] => {
    const events: Event[] = [];
    for (;;) {
      const count = readSync(source.file, buffer, 0, buffer.length, source.offset);
      if (count === 0) return events;
      source.offset += count;
      const bytes = Buffer.concat([source.rest, buffer.subarray(0, count)]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      // What is longer than any line is none of ours; what follows of it is skipped as a torn line is.
      source.rest = bytes.length - end > limits.eventBytesMax ? NOTHING : bytes.subarray(end);
      for (const line of bytes.subarray(0, end).toString().split('\n')) {
        const event = line === '' ? null : decodeEvent(line);
        if (event) events.push(event);
      }
    }
  };
  const close = (source: Source | null): void => {
    if (source) closeSync(source.file);
  };
  /** All of `<path>.1`, if it is a file that has not been read. */
  const readBefore = (known: readonly (string | undefined)[]): Event[] => {
    const identity = stat(`${path}.1`);
    if (identity === null || identity === before) return [];
    before = identity;
    if (known.includes(identity)) return [];
    const source = open(`${path}.1`, bytesMax);
    try {
      return source ? drain(source) : [];
    } finally {
      close(source);
    }
  };

  return {
    look() {
      const events: Event[] = [];
      if (retired) {
        events.push(...drain(retired));
        close(retired);
        retired = null;
      }
      if (current) events.push(...drain(current));
      if (current && stat(path) === current.identity) return events;
      // Renamed, or deleted: what was written meanwhile stands in the files that took its place, in this order.
      retired = current;
      const next = open(path, bytesMax);
      events.push(...readBefore([retired?.identity, next?.identity]));
      current = next;
      if (current) events.push(...drain(current));
      bytesMax = Number.POSITIVE_INFINITY;
      return events;
    },
    [Symbol.dispose]() {
      close(current);
      close(retired);
    },
  };
}

const NEWLINE = 0x0a;

function stat(path: string): string | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? identityOf(found) : null;
}

/** At most its last `bytesMax` bytes. null: there is none, or it is no plain file. Throws what else keeps it from being read. */
function open(path: string, bytesMax: number): Source | null {
  try {
    const file = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    const found = fstatSync(file);
    if (found.isFile())
      return { file, identity: identityOf(found), offset: Math.max(0, found.size - bytesMax), rest: NOTHING };
    closeSync(file);
    return null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}
