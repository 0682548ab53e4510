import { expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { readPiped } from '#runner/text/stdin-text.ts';

async function* pieces(...all: (string | Uint8Array)[]) {
  for (const piece of all) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a character that is split between two pieces arrives whole', async () => {
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
  expect(await readPiped(pieces(first, second))).toEqual({ kind: 'text', text: 'é' });
});

test('bytes that are no UTF-8, or hold NUL, are no text', async () => {
  expect(await readPiped(pieces(Buffer.from([0xff])))).toMatchObject({ kind: 'bytes' });
  expect(await readPiped(pieces('a\0'))).toMatchObject({ kind: 'bytes' });
});

test('the longest body is a text, and one byte more is a stream of everything', async () => {
  const longest = 'a'.repeat(limits.bodyBytesMax);
  expect(await readPiped(pieces(longest))).toEqual({ kind: 'text', text: longest });
  const piped = await readPiped(pieces(longest, 'b', 'c'));
  if (piped.kind !== 'long') throw new Error(`expected it to be too long, got ${piped.kind}`);
  expect(await textOf(piped.stream)).toBe(`${longest}bc`);
});
