/**
 * When a session is replaced, in durable steps: a turn ends and its record says "rotate" → the next turn asks the old
 * session for a hand-off note → its record has no session, and has the note → the next turn begins a new session with
 * it. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';
import type { Ended, Intent, SessionState, Verdict } from '#blackboard/turns/turn-records.ts';
import type { ContextUsage } from '#hooks/claude/control-answers.ts';
import type { StreamSummary } from '#hooks/claude/stream-summary.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';

export interface SessionStep {
  intent: Intent | null;
  previous: Ended | null;
  verdict: Verdict;
  summary: StreamSummary;
  /** What claude left in the session's transcript as its total, USD: what the next run's total goes on from. null: nothing. */
  sessionUsd: number | null;
  limits: AgentDefinition['session'];
}

/** The session after this turn; null: the next turn begins a new one. */
export function nextSession(step: SessionStep): SessionState | null {
  const { intent, previous, verdict, summary } = step;
  if (verdict.kind === 'session-lost') return null;
  if (!intent || UNTOUCHED.has(verdict.kind)) return previous?.session ?? null;
  const before = previous?.session?.id === intent.sessionId ? previous.session : null;
  const contextWindow = summary.result?.contextWindow ?? before?.contextWindow;
  const session: SessionState = {
    id: intent.sessionId,
    totalUsd: step.sessionUsd ?? summary.result?.totalCostUsd ?? intent.baselineUsd,
    turns: (before?.turns ?? 0) + 1,
    contextTokens: summary.contextTokens ?? before?.contextTokens ?? 0,
    ...(contextWindow ? { contextWindow } : {}),
    rotate: before?.rotate ?? null,
  };
  if (intent.kind === 'handoff') return afterHandoff(session, verdict);
  if (verdict.kind === 'too-long')
    return intent.resume ? owing(session, 'the conversation is too long for the model') : null;
  // In a conversation of its own the message stays refused, and must not take the next one with it.
  if (verdict.kind === 'refused')
    return verdict.blame === 'session' ? owing(session, `the API refuses the conversation: ${verdict.reason}`) : null;
  return { ...session, rotate: session.rotate ?? owed(session, summary, step.limits) };
}

/** Nothing was added to the session. */
const UNTOUCHED: ReadonlySet<Verdict['kind']> = new Set(['void', 'expired', 'unstarted']);

/** Whether the conversation is to be replaced by what claude says of it; the turns before have counted it in their own way. */
export const isFull = (usage: ContextUsage | null, { rotateAtContext }: AgentDefinition['session']): boolean =>
  usage !== null && usage.tokens >= usage.window * rotateAtContext;

const owing = (session: SessionState, reason: string): SessionState => ({
  ...session,
  rotate: { reason, attempts: 0 },
});

function owed(
  session: SessionState,
  { isCompactionFailed }: StreamSummary,
  { rotateAtContext, rotateAfterTurns }: AgentDefinition['session'],
): SessionState['rotate'] {
  const { contextTokens, contextWindow } = session;
  if (contextWindow !== undefined && contextTokens >= contextWindow * rotateAtContext)
    return { reason: `${contextTokens} of ${contextWindow} tokens of context are used`, attempts: 0 };
  // It goes on only as long as it fits, and each try costs requests (CLI 2.1.332).
  if (isCompactionFailed) return { reason: 'claude could not make a summary of it', attempts: 0 };
  if (rotateAfterTurns !== undefined && session.turns >= rotateAfterTurns)
    return { reason: `it has had ${session.turns} turns`, attempts: 0 };
  return null;
}

/** A note that failed for a temporary reason is asked for again, but not for ever. */
function afterHandoff(session: SessionState, verdict: Verdict): SessionState | null {
  const attempts = (session.rotate?.attempts ?? 0) + 1;
  const isWorthRepeating = ['interrupted', 'temporary', 'needs-person'].includes(verdict.kind);
  if (!isWorthRepeating || attempts >= limits.handoffAttemptsMax) return null;
  return { ...session, rotate: { reason: session.rotate?.reason ?? '', attempts } };
}

/** What the new session begins with: the note, or a word that there is none. Earlier notes stay. */
export function handoffCarry(intent: Intent, verdict: Verdict): string[] {
  if (verdict.kind === 'answered')
    return [
      ...intent.carry,
      `Hand-off note of your session before this one:\n${verdict.text.slice(0, limits.handoffCharsMax)}`,
    ];
  if (['interrupted', 'temporary', 'needs-person', 'void', 'unstarted'].includes(verdict.kind)) return intent.carry;
  return [...intent.carry, 'Your session before this one could not go on, and could not write a hand-off note either.'];
}

export const HANDOFF_REQUEST = `This conversation is about to be closed and replaced by a new one of yours, which will know nothing of it but what you write now.
Write the hand-off note: who you work for and on what, what is done (with the proof), what is not, decisions and their reasons, files and commands that matter, open questions. Do no other work. At most 800 words.`;
