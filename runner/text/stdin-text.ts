/** Reads piped input to its end: as text if it is short, else as a stream. */
import type { Readable } from 'node:stream';
import { limits } from '#blackboard/system/limits.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';

/** text: the body · bytes: short, but not text · long: longer than a body may be, not read to its end yet. */
export type Piped =
  | { kind: 'text'; text: string }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'long'; stream: Readable };

/** Reads until the end, or until it is too long for a body. */
export async function readPiped(stdin: AsyncIterable<Uint8Array>): Promise<Piped> {
  const iterator = stdin[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    chunks.push(next.value);
    sizeBytes += next.value.length;
    if (sizeBytes > limits.bodyBytesMax) {
      // Not at start-up: a short command would load it, too.
      const { Readable } = await import('node:stream');
      return { kind: 'long', stream: Readable.from(both(chunks, iterator)) };
    }
  }
  const bytes = Buffer.concat(chunks);
  const text = textOf(bytes);
  return text === null ? { kind: 'bytes', bytes } : { kind: 'text', text };
}

async function* both(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
