/**
 * A session that is lent to a person: a turn whose child is their claude, in a terminal, so the election, the launcher's link and
 * the seal hold for it as for every other. Its end says only which session the agent goes on with.
 */
import type { TurnLayout } from '#blackboard/layout.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';
import type { Intent, SessionState } from '#blackboard/turns/turn-records.ts';
import { countedUsd } from '#hooks/claude/session-transcript.ts';
import { contextAtEnd } from '#hooks/claude/transcript-context.ts';
import { lentBlocker } from '#runner/status/blockers.ts';
import { lentNow } from '#runner/status/lent.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import type { Hold } from '#runner/turn/gates/gates.ts';

/** The intent of such a turn. */
export const loanIntent = (turn: number, session: SessionState, mark: string, bytes: number, at: string): Intent => ({
  ...{ turn, kind: 'lent', at, sessionId: session.id, resume: true, mark, transcriptBytes: bytes },
  ...{ baselineUsd: session.totalUsd, messages: [], carry: [], board: null, perTurnUsd: 0 },
});

/** Why no turn begins while `open`, the newest turn, lends the session, or somebody is about to. It is over a second after that is. */
export async function loanHold({ files, layout, clock }: AgentContext, open: TurnLayout | null): Promise<Hold> {
  const now = () => lentNow(files, layout, open);
  const found = (await now()) ?? { sinceMs: clock.nowMs(), isBegun: open !== null };
  const { sentence, untilMs, passes } = lentBlocker(layout.name, found, clock.nowMs());
  return { reason: sentence, untilMs, passes, isOver: async () => (await now()) === null };
}

/** The session after the loan: what its person left, read again, because /clear and /resume change it. null: nothing was said in that. */
export async function sessionAfterLoan(
  { files, claude }: Pick<AgentContext, 'files' | 'claude'>,
  turn: TurnLayout,
  intent: Intent,
  before: SessionState | null,
): Promise<SessionState | null> {
  const heard = (await readText(files, turn.heard, limits.recordBytesMax)) ?? '';
  const id = sessionHeard(heard) ?? intent.sessionId;
  return sessionLeft(before, id, await claude.readSession(id, 0));
}

/** The id of the session that began last, by what our hook heard. null: nothing that can be read; a torn line does not count. */
export function sessionHeard(jsonl: string): string | null {
  const ids = jsonl.split('\n').map(line => parseObject(line)?.session_id);
  const id = ids.findLast(each => typeof each === 'string' && /^[0-9a-f-]{36}$/i.test(each));
  return typeof id === 'string' ? id : null;
}

/** `transcript`: all of that session's. What its person spent is theirs: the agent's next turn counts from there on. */
export function sessionLeft(before: SessionState | null, id: string, transcript: string): SessionState | null {
  const same = before?.id === id ? before : null;
  if (transcript === '') return same;
  const context = contextAtEnd(transcript);
  return {
    id,
    totalUsd: countedUsd(transcript) ?? same?.totalUsd ?? 0,
    turns: same?.turns ?? 0,
    contextTokens: context?.tokens ?? same?.contextTokens ?? 0,
    ...(before?.contextWindow ? { contextWindow: before.contextWindow } : {}),
    rotate: same?.rotate ?? null,
  };
}
