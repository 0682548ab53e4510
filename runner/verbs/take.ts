/** Gives an agent its session back that was lent to a person: asks their claude to end, as they would, and waits until it has. */
import { type AgentLayout, agentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { agentKind, listAgents } from '#blackboard/peers/agent.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { noSuchError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type ProcessIdentity, startedWith } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { requirePerson } from '#runner/agents/person.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import { isChildAlive } from '#runner/claude/child-elsewhere.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { serverSocket } from '#runner/panes/server-socket.ts';
import { whatIsSeen } from '#runner/panes/write.ts';
import type { TakenBack } from '#runner/results/panes.ts';
import { contextHere } from '#runner/turn/context-here.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { cmd } from '#runner/verbs/cmd.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';

/** An open turn that lends a session, and the process that has it; null: that has not started, or is gone. */
interface Loan {
  layout: AgentLayout;
  turn: TurnLayout;
  child: ProcessIdentity | null;
}

/**
 * Throws 66 where nothing is lent, 69 without tmux, 75 while a turn runs there, at a dialog, with a draft in the box, and if claude
 * does not end; 77 unless a person calls.
 */
export async function take(context: VerbContext, order: SessionOrder): Promise<TakenBack> {
  const { files, root, env } = context;
  await requirePerson(files, root, env, 'take');
  const loan = await meantLoan(context, order);
  const { layout, turn, child } = loan;
  if (child && (await isChildAlive(files, turn, child))) await askToEnd(context, order, loan, child);
  await untilClosed(context, loan);
  const intent = await readRecord<Intent>(files, turn.intent);
  const session = (await readEnded(files, turn))?.session?.id ?? null;
  return { agent: layout.name, turn: turn.number, lent: intent?.sessionId ?? '', session };
}

async function meantLoan(context: VerbContext, order: SessionOrder): Promise<Loan> {
  const { files, root } = context;
  const peer = await findPeer(files, root, order.name);
  if (peer?.kind === agentKind) {
    const loan = await loanOf(files, agentLayout(root, order.name));
    if (loan) return loan;
    throw noSuchError(`${order.name} is not lent to anybody`, `Lend its session: agent-runner handover ${order.name}`);
  }
  const { open } = await paneOf(context, order);
  for (const name of await listAgents(files, root)) {
    const loan = await loanOf(files, agentLayout(root, name));
    if (loan && open && loan.child?.pid === open.pid) return loan;
  }
  throw noSuchError(
    `the session ${quotedName(order.name, limits.nameShownCharsMax)} was lent by no agent: it is its person's own`,
    'See which are lent: agent-runner list',
  );
}

async function loanOf(files: Files, layout: AgentLayout): Promise<Loan | null> {
  const turn = turnLayout(layout.turns, await latestTurn(files, layout.turns));
  if ((await readRecord<Intent>(files, turn.intent).catch(() => null))?.kind !== 'lent') return null;
  if (await isClosed(files, turn)) return null;
  const child = await readChild(files, turn);
  return { layout, turn, child: child.kind === 'started' ? child.identity : null };
}

async function askToEnd(
  context: VerbContext,
  { socket: given }: SessionOrder,
  { layout, turn }: Loan,
  child: ProcessIdentity,
): Promise<void> {
  const socket = given ?? startedWith(child.pid, 'TMUX')?.split(',')[0] ?? serverSocket(context.env);
  const view = await paneWith(context, socket, child.pid);
  if (!view)
    throw temporaryError(
      `pid ${child.pid} has the session of ${layout.name}, and stands in no pane of ${socket}`,
      'End it where it is (/exit), or name its tmux server: --socket',
    );
  const there = { name: view.pane.id, socket: view.socket };
  // Whatever answer its last turn lacks: it ends.
  await cmd(context, { ...there, command: '/exit', isConfirmed: true, force: view.state === 'idle' });
  for (const beganMs = systemClock.monotonicMs(); await isChildAlive(context.files, turn, child); ) {
    if (systemClock.monotonicMs() - beganMs >= limits.lendSeenMs) {
      const now = await paneOf(context, there).catch(() => view);
      throw temporaryError('its claude was asked to end, and has not ended', `What is seen there: ${whatIsSeen(now)}`);
    }
    await systemClock.sleep(limits.lendLookMs);
  }
}

async function paneWith(context: VerbContext, socket: string, pid: number): Promise<PaneView | null> {
  const { createTmux } = await import('#runner/panes/tmux.ts');
  for (const { id } of (await createTmux(socket, context.env).panes()) ?? []) {
    const view = await paneOf(context, { name: id, socket }).catch(() => null);
    if (view?.open?.pid === pid) return view;
  }
  return null;
}

/** By its runner, which notices within a second; where there is none, here. */
async function untilClosed({ files, root, env }: VerbContext, { layout, turn }: Loan): Promise<void> {
  for (const beganMs = systemClock.monotonicMs(); !(await isClosed(files, turn)); ) {
    const child = await readChild(files, turn);
    if (child.kind !== 'none' && !(await liveRunner(layout))) {
      const read = await readDefinition(files, layout, env);
      if (read.kind !== 'usable') return;
      await finishTurn(contextHere({ files, root, layout, clock: systemClock, env }, read.definition), turn, child);
      return;
    }
    if (systemClock.monotonicMs() - beganMs >= limits.lendSeenMs) return;
    await systemClock.sleep(limits.lendLookMs);
  }
}
