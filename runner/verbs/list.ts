/** Lists the agents with their states, the sessions that still matter, and other peers, from files only. */
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { agentKind, listAgents } from '#blackboard/peers/agent.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { listSessions } from '#blackboard/peers/sessions.ts';
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
  /** Agents whose directories contain the root, each with the reason. */
  overlaps: { name: string; sentence: string }[];
  /** Lines about files on the board and in the operator's inbox that are no entries or messages; empty unless asked for. */
  lyingElsewhere: string[];
  rootProblems: RootProblem[];
}

/** `elsewhere`: also looks at the board and the operator's inbox. */
export async function list(
  { files, root, env }: VerbContext,
  { elsewhere = false }: { elsewhere?: boolean } = {},
): Promise<Listing> {
  const nowMs = Date.now();
  const problems = rootProblems(root, { watch: false });
  // An ended session is shown for a day, and while something is unread.
  const sessions = await listSessions(files, root, nowMs, registryStatus, limits.endedSessionShownMs);
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

/** Kinds without facts of their own: the contents of their inboxes. A person's is shown by `inbox`. */
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
