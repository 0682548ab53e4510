/** Reads the end of a session's transcript: as much as it takes to know how its last turn stands, or what was said last. */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type ContextAtEnd, contextAtEnd } from '#hooks/claude/transcript-context.ts';
import { type LastTurn, lastTurn, type SaidText, saidTexts } from '#hooks/claude/transcript-tail.ts';

/** claude writes the file with the first prompt. */
const NOTHING: LastTurn = { turn: 'none', fault: null, atMs: null, tool: null };

export interface TranscriptEnd {
  turn: LastTurn;
  /** When the file was last written; null: it does not exist. */
  changedMs: number | null;
}

/** null: it cannot be read, or its end has no record of the conversation. */
export function readTurn(path: string | null): TranscriptEnd | null {
  const nothing = { turn: NOTHING, changedMs: null };
  if (path === null) return nothing;
  try {
    return atEnd(path, (end, { mtimeMs }, { isWhole }) => {
      const turn = lastTurn(end);
      return turn.atMs !== null || isWhole ? { turn, changedMs: mtimeMs } : null;
    });
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? nothing : null;
  }
}

/** How full the conversation is; null: it cannot be read, or nothing there says it. */
export function readContext(path: string): ContextAtEnd | null {
  try {
    return atEnd(path, contextAtEnd);
  } catch {
    return null;
  }
}

/** The last `count` texts, oldest first, and the byte behind them. Throws what the system says. */
export function readSaid(path: string, count: number): { texts: SaidText[]; sizeBytes: number } {
  const said = atEnd(path, (end, { size }, { isLast }) => {
    const texts = saidTexts(end);
    const found = { texts: count === 0 ? [] : texts.slice(-count), sizeBytes: size };
    return texts.length >= count || isLast ? found : null;
  });
  return said!;
}

/** How much was read: all of the file, or as much as ever is. */
type Much = { isWhole: boolean; isLast: boolean };

/**
 * What the end of the file gives; null: nothing, however much of it is read. At once, and not beside others: `list` reads one for
 * each pane. The first line may be cut.
 */
function atEnd<T>(path: string, read: (end: string, facts: Stats, much: Much) => T | null): T | null {
  const file = openSync(path, 'r');
  try {
    const facts = fstatSync(file);
    for (let bytes: number = limits.transcriptTailBytes; ; bytes *= 8) {
      const length = Math.min(bytes, limits.proofBytesMax, facts.size);
      const buffer = Buffer.alloc(length);
      const end = buffer.toString('utf8', 0, readSync(file, buffer, 0, length, facts.size - length));
      const isWhole = length === facts.size;
      const isLast = isWhole || length === limits.proofBytesMax;
      const found = read(end, facts, { isWhole, isLast });
      if (found !== null || isLast) return found;
    }
  } finally {
    closeSync(file);
  }
}
