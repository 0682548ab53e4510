/** Lists the agents with what each is doing, and the sessions that still matter, from files only. */
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { agentKind, listAgents } from '#blackboard/peers/agent.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { listSessions, type SessionFacts } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { rootOverlap } from '#runner/agents/root-overlap.ts';
import type { List } from '#runner/results/agents.ts';
import type { OtherPeer } from '#runner/results/shared.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import { type RootProblem, rootProblems } from '#runner/status/health.ts';
import { lyingElsewhere } from '#runner/status/lying-elsewhere.ts';
import { agentSummary, sessionSummary } from '#runner/status/peer-summary.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface Listing {
  /** Agents by name, then sessions, those with the newest activity first, then what is of another kind. */
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
    peers: [
      ...agents.map(each => agentSummary(each, nowMs)),
      ...sessions.map(sessionSummary),
      ...(await otherPeers(files, root)),
    ],
    overlaps,
    lyingElsewhere: elsewhere ? await lyingElsewhere(files, root) : [],
    rootProblems: await problems,
  };
}

/** What is known of every kind: what lies in its inbox. A person is asked for by `inbox`. */
async function otherPeers(files: Files, root: string): Promise<OtherPeer[]> {
  const kinds = PEER_KINDS.filter(kind => !kind.isPerson && kind !== agentKind && kind !== sessionKind);
  const rows = kinds.map(async kind => {
    const inboxes = await kind.inboxes(files, root);
    return inboxes.map(async ({ peer, inbox }): Promise<OtherPeer> => {
      const [waiting, later] = await Promise.all([files.list(inbox.new), files.list(inbox.later)]);
      const counts = { waiting: waiting.length, later: later.length, dead: await countDead(files, inbox.dead) };
      return { kind: 'other', word: kind.word, name: peer, ...counts };
    });
  });
  return Promise.all((await Promise.all(rows)).flat());
}

/** A session that is over is shown while it has something unread, or for a day. */
const isWorthALine = ({ state, unread, lastActivityMs }: SessionFacts, nowMs: number): boolean =>
  !['ended', 'dead'].includes(state) || unread > 0 || nowMs - lastActivityMs < limits.endedSessionShownMs;
