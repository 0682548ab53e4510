/** An agent, or a session, in a few facts: a row of `list`, and the beginning of `status`. Pure. */
import type { SessionFacts } from '#blackboard/peers/sessions.ts';
import type { Agent, Session } from '#runner/results/shared.ts';
import { type RowFacts, stateOf } from '#runner/status/agent-state.ts';

/** `state` is the word, `detail` the whole of it. */
export function agentSummary(facts: RowFacts, nowMs: number, says: string | null): Agent {
  const { kind, words, needsYou } = stateOf(facts, nowMs);
  return {
    kind: 'agent',
    name: facts.name,
    state: kind,
    detail: words,
    needsYou,
    waiting: facts.waitingCount,
    later: facts.laterCount,
    working: facts.workingCount,
    notTaken: facts.left.length,
    ignored: facts.ignored.length,
    dead: facts.deadCount,
    todayUsd: facts.todayUsd,
    lastActivityAt: facts.lastActivityMs === null ? null : new Date(facts.lastActivityMs).toISOString(),
    permissionMode: facts.definition?.permissionMode ?? null,
    model: facts.definition?.model ?? null,
    runnerPid: facts.runner?.identity.pid ?? null,
    says,
  };
}

export const sessionSummary = (
  { peer, state, detail, unread, lastActivityMs, ...facts }: SessionFacts,
  says: string | null,
): Session => ({
  kind: 'session',
  name: peer.name,
  id: peer.id,
  state,
  detail,
  waiting: unread,
  later: facts.later,
  notTaken: facts.left.length,
  ignored: facts.ignored.length,
  dead: facts.dead,
  cwd: peer.cwd,
  lastActivityAt: new Date(lastActivityMs).toISOString(),
  pid: peer.process?.pid ?? null,
  says,
});
