/** The end of an agent's transcript, and what comes. */
import { systemClock } from '#blackboard/system/clock.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { lastLines, logBytes } from '#runner/text/follow-log.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const LINES_MAX = 999_999_999;

export interface Tail {
  /** The transcript. */
  path: string;
  /** Nothing is in it so far. */
  isEmpty: boolean;
  /** UTF-8, until the signal aborts. A character may be cut in two. */
  bytes: AsyncIterable<Uint8Array>;
}

/** `lines`: how many to begin with. Throws 66 for an unknown agent. */
export async function tail(
  { files, root }: VerbContext,
  { name, lines, signal }: { name: string; lines: number; signal: AbortSignal },
): Promise<Tail> {
  requireWhole('lines', lines, 0, LINES_MAX);
  const { transcript: path } = await requireAgent(files, root, name);
  const { fromByte, sizeBytes } = await lastLines(path, lines);
  return { path, isEmpty: sizeBytes === 0, bytes: logBytes(path, fromByte, { clock: systemClock, signal }) };
}
