/** The end of an agent's transcript, or of what is said in a session, and what comes. */
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Said } from '#runner/results/panes.ts';
import { createLineSplitter, lastLines, logBytes } from '#runner/text/follow-log.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { meansSession, type SessionOrder } from '#runner/verbs/session-pane.ts';
import { requireTranscript, transcriptNow } from '#runner/verbs/session-said.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const LINES_MAX = 999_999_999;

export type Tail =
  | {
      kind: 'agent';
      /** The transcript. */
      path: string;
      /** Nothing is in it so far. */
      isEmpty: boolean;
      /** UTF-8, until the signal aborts. A character may be cut in two. */
      bytes: AsyncIterable<Uint8Array>;
    }
  | { kind: 'session'; said: AsyncIterable<Said> };

export interface TailOrder extends SessionOrder {
  /** How many to begin with; of a session, texts. */
  lines: number;
  signal: AbortSignal;
  clock?: Clock;
}

/** Throws 66 for an unknown agent or session. */
export async function tail(context: VerbContext, order: TailOrder): Promise<Tail> {
  const { name, lines, signal, clock = systemClock } = order;
  requireWhole('lines', lines, 0, LINES_MAX);
  if (await meansSession(context, order))
    return { kind: 'session', said: followSaid(context, order, await requireTranscript(context, order)) };
  const { transcript: path } = await requireAgent(context.files, context.root, name);
  const { fromByte, sizeBytes } = await lastLines(path, lines);
  return { kind: 'agent', path, isEmpty: sizeBytes === 0, bytes: logBytes(path, fromByte, { clock, signal }) };
}

/** Goes over to the next transcript when /clear, or another session in the pane, begins one. */
async function* followSaid(
  context: VerbContext,
  order: TailOrder,
  first: string,
): AsyncGenerator<Said, void, undefined> {
  const { lines, signal, clock = systemClock } = order;
  const [{ readSaid }, { saidTexts }] = await Promise.all([
    import('#runner/panes/transcript.ts'),
    import('#hooks/claude/transcript-tail.ts'),
  ]);
  const { texts, sizeBytes } = readSaid(first, lines);
  yield* texts;
  let path: string | null = first;
  let from = sizeBytes;
  while (path !== null && !signal.aborted) {
    const over = new AbortController();
    const next = nextTranscript(context, order, path, over);
    const split = createLineSplitter();
    for await (const bytes of logBytes(path, from, { clock, signal: over.signal }))
      for (const line of split(bytes)) yield* saidTexts(line);
    path = await next;
    from = 0;
  }
}

/** The session's next transcript, once there is one: `over` then aborts. null: the signal did. */
async function nextTranscript(
  context: VerbContext,
  { signal, clock = systemClock, ...order }: TailOrder,
  path: string,
  over: AbortController,
): Promise<string | null> {
  let next: string | null = null;
  while (next === null && !signal.aborted) {
    await clock.sleep(limits.waitLookMs, signal);
    const now = await transcriptNow(context, order).catch(() => path);
    if (now !== path) next = now;
  }
  over.abort();
  return signal.aborted ? null : next;
}
