/** Ends an interactive session in tmux: no key is pressed, its claude gets SIGTERM and ends as it does by itself. */
import { systemClock } from '#blackboard/system/clock.ts';
import { refusedError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { startTimeSync } from '#blackboard/system/process-identity.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { isOurs, removeDead } from '#runner/panes/tmux-windows.ts';
import type { Killed } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf, stateOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, writeToPane } from '#runner/verbs/pane-writing.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';

export interface KillOrder extends WriteOrder {
  /** Also one that spawn or fork has not made. */
  isConfirmed: boolean;
}

/**
 * Returns when the process is gone, and with it the pane, if we have made that. Throws 66 for nobody, 69 without tmux, 75 while the
 * gate is closed or if it does not end, 77 to an agent and a session, for the own pane, and without a confirmation.
 */
export async function kill(context: VerbContext, { isConfirmed, ...order }: KillOrder): Promise<Killed> {
  const { files, root, env } = context;
  await refuseAgents(files, root, env, 'kill');
  const found = await paneOf(context, order);
  const { socket, pane } = found;
  const isMade = await isOurs(socket, env, pane.id);
  if (!isMade && !isConfirmed)
    throw refusedError(
      `the pane ${printableLine(pane.address)} was not made by spawn or fork: to end its session needs --confirm`,
    );
  const summary = { ...placeOf(found), before: stateOf(found) };
  if (isMade && found.subtype === 'dead') {
    await removeDead(socket, env, pane.id);
    return { ...summary, pid: null };
  }
  // By its id from here on: the name may have moved to another pane meanwhile.
  const there = { ...order, name: pane.id, socket };
  return writeToPane(context, there, { verb: 'kill', forPeople: null, text: 'SIGTERM' }, async (_, view) => {
    const { pid } = await end(view);
    if (isMade) await removeDead(socket, env, pane.id);
    return { ...placeOf(view), pid, before: stateOf(view) };
  });
}

/** Its very process, and no other that has got its pid. */
async function end({ open, pane }: PaneView): Promise<{ pid: number }> {
  const place = printableLine(pane.address);
  if (!open) throw temporaryError(`claude's registry names no process in ${place} yet`);
  const { pid, startTime } = open;
  const isThere = () => startTimeSync(pid) === startTime;
  if (isThere()) process.kill(pid, 'SIGTERM');
  for (const beganMs = systemClock.monotonicMs(); isThere(); ) {
    if (systemClock.monotonicMs() - beganMs >= limits.claudeEndMs)
      throw temporaryError(`the claude in ${place} (pid ${pid}) got SIGTERM, and still runs`);
    await systemClock.sleep(limits.paneLookMs);
  }
  return { pid };
}
