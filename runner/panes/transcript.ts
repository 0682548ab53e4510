/** Reads the end of a session's transcript: as much as it takes to know how its last turn stands, or what was said last. */
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type LastTurn, lastTurn, type SaidText, saidTexts } from '#hooks/claude/transcript-tail.ts';

/** claude writes the file with the first prompt. */
const NOTHING: LastTurn = { turn: 'none', fault: null, atMs: null, tool: null };

export interface TranscriptEnd {
  turn: LastTurn;
  /** When the file was last written; null: it does not exist. */
  changedMs: number | null;
}

/** null: it cannot be read, or its end has no record of the conversation. */
export async function readTurn(path: string | null): Promise<TranscriptEnd | null> {
  const nothing = { turn: NOTHING, changedMs: null };
  if (path === null) return nothing;
  try {
    await using file = await open(path, 'r');
    const { size, mtimeMs } = await file.stat();
    for (let bytes: number = limits.transcriptTailBytes; ; bytes *= 8) {
      const turn = lastTurn(await endOf(file, size, bytes));
      if (turn.atMs !== null || bytes >= size) return { turn, changedMs: mtimeMs };
      if (bytes > limits.proofBytesMax) return null;
    }
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? nothing : null;
  }
}

/** The last `count` texts, oldest first, and the byte behind them. Throws what the system says. */
export async function readSaid(path: string, count: number): Promise<{ texts: SaidText[]; sizeBytes: number }> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  for (let bytes: number = limits.transcriptTailBytes; ; bytes *= 8) {
    const texts = saidTexts(await endOf(file, size, bytes));
    if (texts.length >= count || bytes >= size || bytes > limits.proofBytesMax)
      return { texts: count === 0 ? [] : texts.slice(-count), sizeBytes: size };
  }
}

/** The last bytes. The first line may be cut. */
async function endOf(file: FileHandle, sizeBytes: number, bytes: number): Promise<string> {
  const length = Math.min(bytes, sizeBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, sizeBytes - length);
  return buffer.toString('utf8', 0, bytesRead);
}
