/** A text that is typed, or comes on stdin: by "-", or where something is piped in and none was typed. */
import type { Readable } from 'node:stream';

/** null: nothing was typed, and stdin is a terminal. */
export function typedOrPiped(typed: string | undefined): string | Readable | null {
  if (typed !== undefined && typed !== '-') return typed;
  return typed === undefined && process.stdin.isTTY ? null : process.stdin;
}
