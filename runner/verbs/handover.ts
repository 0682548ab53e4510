/** Lends the session of an agent to a person: an interactive claude with it, in a tmux session of its own. The runner waits meanwhile. */
import type { AgentLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { notSoError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAliveSync, isElsewhere, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { requirePerson } from '#runner/agents/person.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import { workDirectory } from '#runner/agents/worktree.ts';
import { pathOfClaude } from '#runner/claude/claude-here.ts';
import { orderLent } from '#runner/claude/lent-claude.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { serverSocket } from '#runner/panes/server-socket.ts';
import { createTmux, type Tmux } from '#runner/panes/tmux.ts';
import { letGo, openWindow, removeDead } from '#runner/panes/tmux-windows.ts';
import type { HandedOver } from '#runner/results/panes.ts';
import { brokenBlocker } from '#runner/status/blockers.ts';
import { pidText } from '#runner/text/who-runs.ts';
import { contextHere } from '#runner/turn/context-here.ts';
import { lend } from '#runner/turn/lend.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { lastWords, standOf } from '#runner/verbs/open-session.ts';
import { stateOf } from '#runner/verbs/pane-summary.ts';
import { paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';

export interface HandoverOrder {
  name: string;
  socket?: string | undefined;
  /** How long the turn that runs is waited for. */
  timeoutMs: number;
  /** What it waits for. */
  waits?(what: string): void;
}

/**
 * Returns once the person's claude runs. Throws 66 for an unknown agent, 69 without tmux, 75 where the session cannot be lent now, 77
 * unless a person calls, 78 for a broken agent.md or without claude.
 */
export async function handover(context: VerbContext, order: HandoverOrder): Promise<HandedOver> {
  const { files, root, env } = context;
  await requirePerson(files, root, env, 'handover');
  const layout = await requireAgent(files, root, order.name);
  const { name } = layout;
  const read = await readDefinition(files, layout, env);
  if (read.kind !== 'usable') throw temporaryError(`${name} is ${brokenBlocker(layout, read).sentence}`);
  const { definition } = read;
  await requireLendingRunner(layout);
  const executable = await pathOfClaude(root, env);
  const cwd = await workDirectory(files, layout, definition);
  if (cwd === null) throw temporaryError(`the worktree of ${name} is not made yet: its first turn makes it`);
  const socket = realPathOf(serverSocket(env, order.socket));
  const tmux = createTmux(socket, env);
  const window = `${name}-lent`;
  await freeWindow(tmux, env, window);
  let pane = '';
  const lent = await lend(contextHere({ files, root, layout, clock: systemClock, env }, definition), {
    self: selfIdentity(),
    untilMs: systemClock.monotonicMs() + order.timeoutMs,
    isRun: async () => (await liveRunner(layout)) !== null,
    ...(order.waits ? { waits: order.waits } : {}),
    async open(turn, { id: sessionId }) {
      const argv = await orderLent({ files, root, layout, definition, turn, sessionId, executable, cwd, env });
      pane = await openWindow(socket, env, { name: window, cwd: turn.home, argv, variables: {} });
    },
    isOpen: async () => (await tmux.panes())?.some(({ id, isDead }) => id === pane && !isDead) ?? false,
  }).catch(async error => {
    if (pane !== '') await removeDead(socket, env, pane).catch(() => {});
    throw error;
  });
  const there = { name: pane, socket };
  const view = await untilItStands(context, there, lent.child);
  await letGo(socket, env, pane);
  return {
    ...{ agent: name, session: lent.session.id, turn: lent.turn.number, pid: lent.child.pid },
    ...{ address: view.pane.address, pane, socket, ...stateOf(view) },
  };
}

/** One of an earlier version would take the person's claude for a turn of its own, and end it when that has had its time. */
async function requireLendingRunner(layout: AgentLayout): Promise<void> {
  const runner = await liveRunner(layout);
  if (!runner) return;
  if (isElsewhere(runner.identity))
    throw temporaryError(`${layout.name} is run as ${pidText(runner.identity)}, not here`, 'Call handover there.');
  if (!runner.lends)
    throw temporaryError(
      `the runner of ${layout.name} (pid ${runner.identity.pid}) is of an earlier version, which knows of no handover`,
      'Start it again: agent-runner stop, then agent-runner start',
    );
}

/** Throws 69 without tmux, 75 where another window has that name. One whose claude has ended goes. */
async function freeWindow(tmux: Tmux, env: NodeJS.ProcessEnv, name: string): Promise<void> {
  for (const { id, address, isDead } of (await tmux.panes()) ?? []) {
    if (!address.startsWith(`${name}:`)) continue;
    if (!isDead) throw temporaryError(`tmux has a session "${name}" already`, `Look at it: tmux attach -t =${name}`);
    await removeDead(tmux.socket, env, id);
  }
}

/** Until its prompt or a dialog is seen. Throws 1 if it has ended by then: the agent is back. */
async function untilItStands(context: VerbContext, there: SessionOrder, child: ProcessIdentity): Promise<PaneView> {
  for (const beganMs = systemClock.monotonicMs(); ; ) {
    const view = await paneOf(context, there);
    if (!isAliveSync(child)) {
      const said = await lastWords({ socket: view.socket, id: view.pane.id }, context.env);
      await removeDead(view.socket, context.env, view.pane.id);
      throw notSoError(`claude has ended at once, and the agent is back; it said: ${said}`);
    }
    const stands = standOf(view) !== null;
    // What it stands at is its person's.
    if (stands || systemClock.monotonicMs() - beganMs >= limits.lendSeenMs) return view;
    await systemClock.sleep(limits.lendLookMs);
  }
}
