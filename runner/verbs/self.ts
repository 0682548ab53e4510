/**
 * Runs a slash command in the pane of the session whose tool call asks for it, once its turn has ended. It gives up where somebody
 * begins to type or a dialog opens, and the session is told at its next turn how it ended.
 */
import { sendNote } from '#blackboard/peers/notes.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { isRunnerError, reasonOf, refusedError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine, quotedName } from '#blackboard/text/printable.ts';
import { submittedCommand } from '#hooks/claude/submitted.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import { commandName, OF_SELF } from '#runner/panes/slash-tiers.ts';
import { cleanText, fitsBox } from '#runner/panes/typed-text.ts';
import { requireGate, submit } from '#runner/panes/write.ts';
import type { OwnCommand } from '#runner/results/panes.ts';
import { seenOf } from '#runner/verbs/cmd.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type OwnPane, requireOwnPane } from '#runner/verbs/own-pane.ts';
import { placeOf } from '#runner/verbs/pane-summary.ts';
import { writeToPane } from '#runner/verbs/pane-writing.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';
import { watchChanges } from '#runner/verbs/wait.ts';

export interface SelfOrder {
  /** `/compact keep the names`. */
  command: string;
  timeoutMs: number;
}

/**
 * Returns when it was run. `whenQueued`: it waits from now on. Before that it throws 64 for what is no slash command, 77 for one that is
 * not allowed here and unless a session's tool call calls, 66 and 69 without a pane, and 75 with a draft or a dialog there, or if another
 * one waits. After that it throws 75 for all that keeps the command from being run.
 */
export async function self(
  context: VerbContext,
  { command: typed, timeoutMs }: SelfOrder,
  whenQueued: (queued: OwnCommand) => Promise<void>,
): Promise<OwnCommand> {
  const command = allowed(typed);
  const own = await requireOwnPane(context);
  const { view } = own;
  requireGate({ ...view, isOwn: true }, 'self', false);
  if (!fitsBox(command, view.captured)) throw usageError(`the command is too long for the box of ${view.pane.address}`);
  const release = await onlyOne(view);
  try {
    const untilAt = new Date(systemClock.nowMs() + timeoutMs).toISOString();
    const queued: OwnCommand = { ...placeOf(view), command, waiter: process.pid, untilAt, delivery: null };
    await whenQueued(queued);
    // The call may be over by now: where it came from is proven.
    const env = { ...context.env, TMUX: `${view.socket},0,0`, TMUX_PANE: view.pane.id };
    const delivery = await afterTurn({ ...context, env }, own, command, timeoutMs).catch(async error => {
      await tell(context, own, `was not run: ${reasonOf(error)}`, command);
      throw error;
    });
    await tell(context, own, 'was run', command);
    return { ...queued, delivery };
  } finally {
    release();
  }
}

/** One waits for each pane; it lets go however it ends. */
const onlyOne = ({ socket, pane }: PaneView): Promise<() => void> =>
  lockPane(socket, `self ${pane.id}`, limits.paneLookMs * 4).catch(error => {
    if (!isRunnerError(error)) throw error;
    throw temporaryError('a command waits for the end of this turn already', 'How it ended is told at the next turn.');
  });

/** Hard: no option allows more. */
function allowed(typed: string): string {
  const command = cleanText(typed);
  const name = commandName(command);
  if (name === null || command.length > limits.pasteCharsMax)
    throw usageError(
      `${quotedName(typed, limits.nameShownCharsMax)} is no slash command`,
      'Expected one line, as: agent-runner self /compact',
    );
  if (OF_SELF.includes(name)) return command;
  throw refusedError(
    `self runs ${OF_SELF.map(each => `/${each}`).join(', ')}, and not /${name}`,
    'Ask your user to type it.',
  );
}

/** What is to be done now. `sessionId`: of who has asked. Pure. */
export function selfStep(
  { state, subtype, open, reason }: Pick<PaneView, 'state' | 'subtype' | 'open' | 'reason'>,
  sessionId: string,
): 'run' | 'wait' | { givesUp: string } {
  if (subtype === 'dead' || subtype === 'crashed' || subtype === 'no-session') return { givesUp: reason };
  if (open && open.sessionId !== sessionId) return { givesUp: 'another conversation has begun in the pane' };
  if (state === 'drafting') return { givesUp: 'a text was being typed into the box, and a draft is never touched' };
  if (state === 'modal') return { givesUp: `a dialog has opened (${subtype})` };
  return state === 'idle' ? 'run' : 'wait';
}

async function afterTurn(context: VerbContext, { view: before }: OwnPane, command: string, timeoutMs: number) {
  const there = { name: before.pane.id, socket: before.socket };
  const sessionId = before.open!.sessionId;
  const changes = watchChanges(context, before);
  try {
    for (const beganMs = systemClock.monotonicMs(); ; ) {
      const view = await paneOf(context, there);
      const step = selfStep(view, sessionId);
      if (typeof step === 'object') throw temporaryError(step.givesUp);
      const delivery = step === 'run' ? await type(context, there, command) : null;
      if (delivery !== null) return delivery;
      const leftMs = timeoutMs - (systemClock.monotonicMs() - beganMs);
      if (leftMs <= 0)
        throw temporaryError(
          `the turn has not ended within ${timeoutMs / 1000} s: it is ${view.state} (${view.reason})`,
        );
      await changes.next(Math.max(1, Math.min(leftMs, limits.selfLookMs)));
    }
  } finally {
    changes.close();
  }
}

/** null: a turn has begun again, and nothing was typed. */
async function type(context: VerbContext, there: { name: string; socket: string }, command: string) {
  let isBusyAgain = false;
  try {
    const writing = { verb: 'self', forPeople: null, text: command } as const;
    return await writeToPane(context, there, writing, async (pane, view) => {
      isBusyAgain = view.state !== 'idle';
      if (isBusyAgain) throw temporaryError('a turn has begun again, and nothing was typed');
      return submit(pane, view, command, false, (jsonl, now) => submittedCommand(jsonl, command) ?? seenOf(view, now));
    });
  } catch (error) {
    if (isBusyAgain) return null;
    throw error;
  }
}

/** A note of the session to itself: its hooks show it with its next prompt. It starts no turn. */
async function tell(context: VerbContext, { peer }: OwnPane, ended: string, command: string): Promise<void> {
  const { files, root } = context;
  const body = printableLine(`${command}, which you have queued with agent-runner self, ${ended}`);
  const note = { key: ['self', newId(systemClock.nowMs())], body: `${body}\n` };
  const to = { from: peer.name, fromId: peer.id };
  // The log of what was written has it in any case.
  await sendNote({ files, root, clock: systemClock, layout: { name: peer.name } }, to, note).catch(error => {
    if (isRunnerError(error)) return;
    throw error;
  });
}
