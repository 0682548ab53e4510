/** Opens an interactive claude in a tmux session of its own, for `spawn` and `fork`, and waits until it stands. */
import { statSync } from 'node:fs';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { isOver } from '#blackboard/peers/sessions.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { isRunnerError, noSuchError, notSoError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { printableLine, quotedName } from '#blackboard/text/printable.ts';
import { pathOfClaude } from '#runner/claude/claude-here.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { pressKey } from '#runner/panes/press-key.ts';
import { serverSocket } from '#runner/panes/server-socket.ts';
import { letGo, openWindow, printedIn, removeDead } from '#runner/panes/tmux-windows.ts';
import { whatIsSeen } from '#runner/panes/write.ts';
import type { Spawned } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf, stateOf } from '#runner/verbs/pane-summary.ts';
import { writeToPane } from '#runner/verbs/pane-writing.ts';
import { dialogIn } from '#runner/verbs/press.ts';
import { typeInto } from '#runner/verbs/send-by-tmux.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';

export interface OpenOrder {
  name: string;
  /** Absolute. */
  cwd: string;
  /** Of claude, before those that we give it. */
  args: readonly string[];
  prompt: string | null;
  /** The directory is trusted: its dialog may be answered so. */
  isTrusted: boolean;
  socket: string | undefined;
  timeoutMs: number;
}

/**
 * Returns when it is idle, stands at a dialog, or has got its prompt. Throws 64 for a name that is none or in use, 66 for no
 * directory, 69 without tmux, 78 without claude, 1 if claude ends at once, and 75 if it does not come to stand, or if the prompt is
 * not proven: it stays open then.
 */
export async function openSession(context: VerbContext, order: OpenOrder): Promise<Spawned> {
  const { root, env } = context;
  const { name, cwd, prompt } = order;
  const why = await whyNotFree(context, name);
  if (why !== null) throw usageError(why, 'Choose another name.');
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw noSuchError(`there is no directory ${quotedName(cwd, limits.nameShownCharsMax)}`);
  if (prompt?.trim() === '') throw usageError('the prompt is empty');
  const claude = await pathOfClaude(root, env);
  const given = serverSocket(env, order.socket);
  const id = await openWindow(given, env, {
    ...{ name, cwd, argv: [claude, '--name', name, ...order.args], variables: variablesOf(env, name) },
  });
  const pane: Opened = { socket: realPathOf(given), id };
  const stands = await untilItStands(context, pane, order);
  await letGo(pane.socket, env, id);
  if (prompt === null) return summaryOf(pane, order, stands, null);
  if (stands.state === 'modal')
    throw temporaryError(
      `${name} stands at a dialog in ${stands.pane.address} (${stands.subtype}), and has not got its prompt`,
      'Answer it there; then: agent-runner send <pane> "…" --via tmux',
    );
  const sent = await typeInto(
    context,
    { name: id, socket: pane.socket, text: prompt },
    { verb: 'send', forPeople: null },
  ).catch(error => {
    if (!isRunnerError(error)) throw error;
    throw temporaryError(
      `${name} runs in ${stands.pane.address}, but not with its prompt: ${error.message}`,
      error.hint,
    );
  });
  const { delivery } = sent;
  return summaryOf(pane, order, await paneOf(context, { name: id, socket: pane.socket }), delivery);
}

interface Opened {
  /** Its real path. */
  socket: string;
  id: string;
}

/** null: nobody is called so, no agent, and no session that lives or is owed a message. Else why not, as a sentence. */
export async function whyNotFree({ files, root }: VerbContext, name: string): Promise<string | null> {
  const why = whyNotAName(name);
  if (why !== null) return why;
  const peer = await findPeer(files, root, name);
  if (!peer || (peer.kind === sessionKind && peer.id !== undefined && (await isOver(files, root, peer.id))))
    return null;
  return `"${name}" is the name of a peer (${peer.kind.word})`;
}

/** Where its claude and its hooks look, as the caller's do; the session is called so. No secret: anybody can see them. */
const variablesOf = (env: VerbContext['env'], name: string): Record<string, string> => ({
  AGENT_RUNNER_SESSION_NAME: name,
  ...Object.fromEntries(['CLAUDE_CONFIG_DIR', 'AGENT_RUNNER_HOME'].flatMap(key => (env[key] ? [[key, env[key]]] : []))),
});

const summaryOf = (
  { socket, id }: Opened,
  { name, cwd }: OpenOrder,
  view: PaneView,
  prompt: Spawned['prompt'],
): Spawned => ({
  ...{ ...placeOf(view), pane: id, socket, name, pid: view.open?.pid ?? null, cwd },
  ...{ ...stateOf(view), prompt },
});

/** What a look at it says. Pure. */
export function standOf({ state, subtype, open, pane }: Pick<PaneView, 'state' | 'subtype' | 'open' | 'pane'>) {
  if (pane.isDead || subtype === 'dead') return 'ended';
  if (state === 'modal') return 'dialog';
  return open && state !== 'other' ? 'ready' : null;
}

async function untilItStands(context: VerbContext, pane: Opened, order: OpenOrder): Promise<PaneView> {
  const there = { name: pane.id, socket: pane.socket };
  for (const beganMs = systemClock.monotonicMs(); ; ) {
    const view = await paneOf(context, there);
    const stand = standOf(view);
    if (stand === 'ended') {
      const said = await lastWords(pane, context.env);
      await removeDead(pane.socket, context.env, pane.id);
      throw notSoError(`claude has ended at once, and says: ${said}`);
    }
    const isAnswerable = order.isTrusted && stand === 'dialog' && view.subtype === 'trust';
    if (stand !== null && !isAnswerable) return view;
    const isLate = systemClock.monotonicMs() - beganMs >= order.timeoutMs;
    if (isLate)
      throw temporaryError(
        `${order.name} does not stand after ${order.timeoutMs / 1000} s: ${whatIsSeen(view)}`,
        `It stays in its pane: tmux -S ${pane.socket} attach -t =${order.name}`,
      );
    if (isAnswerable) await trust(context, there);
    else await systemClock.sleep(limits.registryRereadMs);
  }
}

/** One step: the cursor to "Yes", which it is not on at first (2.1.332), or Enter where it is seen there. */
const trust = (context: VerbContext, there: { name: string; socket: string }): Promise<void> =>
  writeToPane(context, there, { verb: 'press', forPeople: null, text: 'trust' }, async (pane, view) => {
    if (view.subtype !== 'trust') return;
    const isOnYes = /^ ❯ Yes, I trust this folder$/m.test(dialogIn(view));
    // A dialog ignores keys in its first moments: where nothing has changed, the next look presses again.
    await pressKey(pane, isOnYes ? 'Enter' : 'Down', { isChanged: now => dialogIn(now) !== dialogIn(view) });
  });

/** Of the program that has ended: they may come a moment after its end. */
export async function lastWords({ socket, id }: Opened, env: VerbContext['env']): Promise<string> {
  for (const beganMs = systemClock.monotonicMs(); ; ) {
    const said = await printedIn(socket, env, id);
    if (said.length > 0) return printableLine(said.slice(-3).join(' '));
    if (systemClock.monotonicMs() - beganMs >= limits.paneSeenMs) return 'nothing';
    await systemClock.sleep(limits.paneLookMs);
  }
}
