/** One agent, session or pane, in full. */

import { leftMend } from '#blackboard/events/left-drop.ts';
import { type AgentLayout, agentLayout, wakeLayout } from '#blackboard/layout.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { say, whatPeersSay } from '#blackboard/peers/says.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { type SessionFacts, sessionFacts } from '#blackboard/peers/sessions.ts';
import { isRunnerError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { whyLeft } from '#blackboard/system/one-entry.ts';
import type { ContextUsage } from '#hooks/claude/control-answers.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { callerOf } from '#runner/agents/caller.ts';
import { keptRules } from '#runner/agents/kept-rules.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { readWorktrees } from '#runner/agents/worktree.ts';
import { readAskedContext } from '#runner/claude/asked-context.ts';
import { readPlan } from '#runner/claude/plan.ts';
import type { Status } from '#runner/results/agents.ts';
import { readFacts, stateSource } from '#runner/status/agent-facts.ts';
import { type AgentFacts, isHealthy, stateOf } from '#runner/status/agent-state.ts';
import { rootProblems, signalProblem } from '#runner/status/health.ts';
import { agentSummary, sessionSummary } from '#runner/status/peer-summary.ts';
import { residentProcess } from '#runner/status/resident-process.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';
import { meansSession, paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';
import { sessionRung } from '#runner/wake/session-rung.ts';

export type AgentStatus = Extract<Status, { kind: 'agent' }>;
export type SessionStatus = Extract<Status, { kind: 'session' }>;
export type PaneStatus = Extract<Status, { kind: 'pane' }>;

/** `name`: null or `self` is the caller. `says`: what the caller, and nobody else, says from now on that it does. Throws 66 for an unknown agent or session, 64 for others' words. */
export async function status(
  { files, root, env }: VerbContext,
  { name: typed, says: text, socket }: { name: string | null; says?: string; socket?: string | undefined },
): Promise<Status> {
  const nowMs = Date.now();
  if (typed === null && text === undefined && (await callerOf(files, root, env)).kind === 'operator')
    throw usageError('which agent or session? None is named', 'See them all with: agent-runner list');
  const name = await resolveSelf(files, root, env, typed ?? 'self');
  if (text !== undefined) await sayOwn({ files, root, env }, name, text, nowMs);
  const says = await whatPeersSay(files, root, nowMs);
  const peer = await findPeer(files, root, name);
  if (peer?.kind === sessionKind) {
    const facts = await sessionFacts(files, root, peer.id!, nowMs, registryStatus);
    if (facts) {
      const { id, startedAt, branch, tmux } = facts.peer;
      const takesSignals = (await files.facts(wakeLayout(root, id).token)) !== null;
      const wake = await sessionRung(files, root, facts, nowMs);
      const pane = await paneOfSession({ files, root, env }, { name: id, socket }, facts);
      return { ...sessionSummary(facts, says.get(id) ?? null), startedAt, branch, tmux, takesSignals, wake, ...pane };
    }
  } else if (!peer && (await meansSession({ files, root, env }, { name, socket }))) {
    const view = await paneOf({ files, root, env }, { name, socket });
    // The beginning of an id may mean one that we know more of.
    if (view.peer) return status({ files, root, env }, { name: view.peer.id, socket });
    return (await import('#runner/verbs/pane-summary.ts')).paneStatus(view);
  }
  await requireAgent(files, root, name);
  const facts = await readFacts(stateSource(root, files, env, nowMs), name);
  const layout = agentLayout(root, name);
  const resident = await residentProcess(files, layout, facts.turnCount);
  const asked =
    facts.session && (await readAskedContext(files, layout, { sessionId: facts.session.id, turn: facts.turnCount }));
  const unasked = await signalProblem({ byLoading: false });
  const problems = await rootProblems(root, { watch: facts.runner === null, listen: false });
  return {
    ...ofAgent(facts, asked, layout.home, nowMs, says.get(name) ?? null),
    resident: resident && { ...resident, idleSince: facts.open ? null : (facts.lastTurn?.at ?? null) },
    keptRules: await keptRules(files, layout),
    plan: await readPlan(files, root, nowMs),
    worktrees: await worktreesOf(files, layout, facts),
    rootProblems: unasked ? [...problems, unasked] : problems,
  };
}

/**
 * An agent runs and needs nobody; a session lives. Failing watches are no fault, because polling replaces them. A kernel that does
 * not say who sends signals is none: the socket's mode and token protect it.
 */
export const isWell = (status: Status): boolean =>
  status.kind !== 'agent'
    ? !['ended', 'dead', 'crashed'].includes(status.kind === 'pane' ? (status.subtype ?? '') : status.state)
    : status.healthy && status.rootProblems.every(({ code }) => code === 'watch' || code === 'kernel');

/** Throws 64 if it is somebody else who is to say it, or too long. */
async function sayOwn({ files, root, env }: VerbContext, name: string, text: string, nowMs: number): Promise<void> {
  const caller = await callerOf(files, root, env);
  const own = caller.kind === 'operator' ? null : await findPeer(files, root, caller.peer);
  if (!own || (await findPeer(files, root, name))?.inbox.inbox !== own.inbox.inbox)
    throw usageError('--set is what an agent or a session says of itself', 'Call it in its turn, or in the session.');
  if (text.length > limits.saysCharsMax)
    throw usageError(`expected --set to have at most ${limits.saysCharsMax} characters, got ${text.length}`);
  await say(files, root, own.kind === sessionKind ? own.id! : own.name, text.trim(), nowMs);
}

/** Nothing is asked of tmux for a session that is in none. */
async function paneOfSession(
  context: VerbContext,
  order: SessionOrder,
  { peer }: SessionFacts,
): Promise<Pick<SessionStatus, 'pane' | 'paneProblem'>> {
  if (!peer.tmux && order.socket === undefined) return { pane: null, paneProblem: null };
  const { paneStatus } = await import('#runner/verbs/pane-summary.ts');
  return paneOf(context, order).then(
    view => ({ pane: paneStatus(view), paneProblem: null }),
    error => {
      if (order.socket !== undefined || !isRunnerError(error)) throw error;
      return { pane: null, paneProblem: error.message };
    },
  );
}

/** Those that are made. A damaged record must not hide everything else: its runner reports it. */
async function worktreesOf(
  files: Files,
  layout: AgentLayout,
  { definition }: AgentFacts,
): Promise<AgentStatus['worktrees']> {
  const { trees } = await readWorktrees(files, layout).catch(() => ({ trees: [] }));
  const made = trees.filter(({ making }) => making === null);
  return made.map(({ path, branch, cwd }) => ({
    path,
    branch,
    used: definition?.worktree === true && cwd === definition.cwd,
  }));
}

function ofAgent(
  facts: AgentFacts,
  asked: ContextUsage | null,
  path: string,
  nowMs: number,
  says: string | null,
): Omit<AgentStatus, 'resident' | 'keptRules' | 'plan' | 'rootProblems' | 'worktrees'> {
  const { definition, session, lastTurn, open, runner, parked, retry } = facts;
  return {
    ...agentSummary(facts, nowMs, says),
    healthy: isHealthy(facts, nowMs),
    problem: facts.problem,
    next: stateOf(facts, nowMs).next,
    cwd: definition?.cwd ?? null,
    path,
    budget: definition?.budget ?? null,
    runner: runner && { pid: runner.identity.pid, startedAt: runner.startedAt, problem: runner.problem ?? null },
    turn: open && {
      number: open.number,
      pid: open.pid,
      since: open.sinceMs === null ? null : new Date(open.sinceMs).toISOString(),
      messages: open.messages,
    },
    turns: facts.turnCount,
    session: session && {
      id: session.id,
      turns: session.turns,
      contextTokens: asked?.tokens ?? session.contextTokens,
      contextWindow: asked?.window ?? session.contextWindow ?? null,
      totalUsd: session.totalUsd,
    },
    lastTurn: lastTurn && {
      number: lastTurn.turn,
      at: lastTurn.at,
      verdict: lastTurn.verdict.kind,
      bySignal: lastTurn.signals?.alone ?? false,
      reason: 'reason' in lastTurn.verdict ? lastTurn.verdict.reason : null,
      costUsd: lastTurn.costUsd,
      denials: [...lastTurn.denials],
    },
    parked: parked && { code: parked.code, reason: parked.reason, at: parked.at, untilMs: parked.untilMs ?? null },
    stopped: facts.isStopped,
    paused: facts.pausedBy,
    retryAt: retry && new Date(retry.atMs).toISOString(),
    ownerPid: facts.ownerPid,
    signals: { waiting: facts.signalCount, todayUsd: facts.signalsUsd },
    notTakenDrops: facts.left.map(drop => ({
      name: drop.name,
      path: drop.path,
      problem: whyLeft(drop),
      remedy: leftMend(drop),
    })),
    ignoredNames: [...facts.ignored],
  };
}
