/** Lists the agents with what each is doing, and the sessions that still matter, from files only. */
import { listAgents } from '#blackboard/peers/agent.ts';
import { listSessions, type SessionFacts } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { rootOverlap } from '#runner/agents/root-overlap.ts';
import type { List } from '#runner/results/agents.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import { type RootProblem, rootProblems } from '#runner/status/health.ts';
import { lyingElsewhere } from '#runner/status/lying-elsewhere.ts';
import { agentSummary, sessionSummary } from '#runner/status/peer-summary.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface Listing {
  /** Agents by name, then sessions, those with the newest activity first. */
  peers: List;
  /** Agents that work where the root lies, each with a clause that says how. */
  overlaps: { name: string; sentence: string }[];
  /** What lies on the board and for the operator without being an entry or a message, a line each; empty unless asked for. */
  lyingElsewhere: string[];
  rootProblems: RootProblem[];
}

/** `elsewhere`: whether to look at the board and the operator's inbox, too. */
export async function list(
  { files, root, env }: VerbContext,
  { elsewhere = false }: { elsewhere?: boolean } = {},
): Promise<Listing> {
  const nowMs = Date.now();
  const problems = rootProblems(root, { watch: false });
  const sessions = (await listSessions(files, root, nowMs, registryStatus)).filter(each => isWorthALine(each, nowMs));
  const agents = await readAllFacts(stateSource(root, files, env, nowMs), await listAgents(files, root));
  const overlaps: Listing['overlaps'] = [];
  for (const { name, definition } of agents) {
    const overlap = definition && rootOverlap(root, definition);
    if (overlap) overlaps.push({ name, sentence: overlap.sentence });
  }
  return {
    peers: [...agents.map(each => agentSummary(each, nowMs)), ...sessions.map(sessionSummary)],
    overlaps,
    lyingElsewhere: elsewhere ? await lyingElsewhere(files, root) : [],
    rootProblems: await problems,
  };
}

/** A session that is over is shown while it has something unread, or for a day. */
const isWorthALine = ({ state, unread, lastActivityMs }: SessionFacts, nowMs: number): boolean =>
  !['ended', 'dead'].includes(state) || unread > 0 || nowMs - lastActivityMs < limits.endedSessionShownMs;
