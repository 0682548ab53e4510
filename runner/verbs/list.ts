/** Lists the agents with their states, the sessions that still matter, and other peers, from files only; and panes, if they are asked for. */
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { agentKind, namesIn } from '#blackboard/peers/agent.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { whatPeersSay } from '#blackboard/peers/says.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { listSessions, type SessionFacts } from '#blackboard/peers/sessions.ts';
import { isRunnerError, notRunningError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { NOTHING_REMEMBERED, openRemembered, type Remembered } from '#blackboard/system/remembered.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { rootOverlap } from '#runner/agents/root-overlap.ts';
import { serverSocket, usesTmux } from '#runner/panes/server-socket.ts';
import type { List } from '#runner/results/agents.ts';
import type { Pane } from '#runner/results/panes.ts';
import type { OtherPeer } from '#runner/results/shared.ts';
import { readRows, stateSource } from '#runner/status/agent-facts.ts';
import { type RootProblem, rootProblems } from '#runner/status/health.ts';
import { lyingElsewhere } from '#runner/status/lying-elsewhere.ts';
import { agentSummary, sessionSummary } from '#runner/status/peer-summary.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { packageVersion } from '#runner/version.ts';

export interface Listing {
  /** Agents by name, then sessions, those with the newest activity first, then what is of another kind. */
  peers: Exclude<List[number], Pane>[];
  /** What stands in tmux, if that was asked for: of claude, in the order of tmux. */
  panes: Pane[];
  /** Why there are none although tmux is used; null: nothing is wrong. */
  panesProblem: string | null;
  /** Agents whose directories contain the root, each with the reason. */
  overlaps: { name: string; sentence: string }[];
  /** Lines about files on the board and in the operator's inbox that are no entries or messages; empty unless asked for. */
  lyingElsewhere: string[];
  rootProblems: RootProblem[];
}

/**
 * `elsewhere`: also looks at the board and the operator's inbox. `panes`: also asks tmux, if it is used here; `socket`: which of its
 * servers. `agents`: of agents only these, for who has seen the others. Throws 69 if the server that was named cannot be asked.
 */
export async function list(
  { files, root, env }: VerbContext,
  {
    elsewhere = false,
    panes = false,
    socket,
    agents: only,
  }: { elsewhere?: boolean; panes?: boolean; socket?: string | undefined; agents?: readonly string[] } = {},
): Promise<Listing> {
  const nowMs = Date.now();
  const problems = rootProblems(root, { watch: false });
  const names = only ?? (await namesIn(files, root));
  const remembered = await rememberedIn({ files, root, env }, names.length, nowMs);
  // An ended session is shown for a day, and while something is unread.
  const sessions = await listSessions(files, root, nowMs, registryStatus, limits.endedSessionShownMs, remembered);
  const agents = await readRows(stateSource(root, files, env, nowMs), names, remembered);
  await remembered.keep();
  const says = await whatPeersSay(files, root, nowMs);
  const overlaps: Listing['overlaps'] = [];
  const real = new Map<string, string>();
  for (const { name, definition } of agents) {
    const overlap = definition && rootOverlap(root, definition, real);
    if (overlap) overlaps.push({ name, sentence: overlap.sentence });
  }
  return {
    peers: [
      ...agents.map(each => agentSummary(each, nowMs, says.get(each.name) ?? null)),
      ...sessions.map(each => sessionSummary(each, says.get(each.peer.id) ?? null)),
      ...(await otherPeers(files, root)),
    ],
    ...(panes ? await panesHere({ files, root, env }, sessions, socket) : { panes: [], panesProblem: null }),
    overlaps,
    lyingElsewhere: elsewhere ? await lyingElsewhere(files, root) : [],
    rootProblems: await problems,
  };
}

async function panesHere(
  { env }: VerbContext,
  sessions: readonly SessionFacts[],
  socket: string | undefined,
): Promise<Pick<Listing, 'panes' | 'panesProblem'>> {
  if (!usesTmux(env, socket)) return { panes: [], panesProblem: null };
  const { hasClaude, listPanes, lookAtPanes } = await import('#runner/panes/look.ts');
  const [{ createTmux }, { paneRow }] = await Promise.all([
    import('#runner/panes/tmux.ts'),
    import('#runner/verbs/pane-summary.ts'),
  ]);
  const tmux = createTmux(realPathOf(serverSocket(env, socket)), env);
  const look = { env, peers: sessions.map(({ peer }) => peer) };
  try {
    const found = await listPanes(tmux, look);
    if (found === null && socket !== undefined) throw notRunningError(`no tmux server runs at ${tmux.socket}`);
    return { panes: (await lookAtPanes(tmux, (found ?? []).filter(hasClaude), look)).map(paneRow), panesProblem: null };
  } catch (error) {
    if (socket !== undefined || !isRunnerError(error)) throw error;
    return { panes: [], panesProblem: error.message };
  }
}

/** Of a root with few peers nothing: they are looked at before that is read. */
async function rememberedIn({ files, root, env }: VerbContext, agents: number, nowMs: number): Promise<Remembered> {
  const paths = rootLayout(root);
  if (agents + (await files.list(paths.sessions)).length < limits.rememberedMin) return NOTHING_REMEMBERED;
  // Beside the directories: who may read them, and what agent.md is read with.
  const of = [packageVersion(), root, homeOrNone(env), process.getuid?.()].join(' ');
  return openRemembered(files, paths.listed, of, nowMs);
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
