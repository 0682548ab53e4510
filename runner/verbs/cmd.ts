/** Runs a slash command of claude in the pane of a session: proven by its transcript, or by what it opens. */
import { isRunnerError, refusedError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { type Submitted, submittedCommand } from '#hooks/claude/submitted.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { commandName, tierOf } from '#runner/panes/slash-tiers.ts';
import { cleanText, fitsBox } from '#runner/panes/typed-text.ts';
import type { WritablePane } from '#runner/panes/writable-pane.ts';
import { submit } from '#runner/panes/write.ts';
import type { Commanded } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf, stateOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, writeToPane } from '#runner/verbs/pane-writing.ts';

export interface CommandOrder extends WriteOrder {
  /** `/compact keep the names`. */
  command: string;
  isConfirmed: boolean;
}

/** Throws 64 for what is no command, and for a red one with --stash, 77 for a red one that nobody has confirmed; otherwise as `writeToPane`, and 75 if it is not proven. */
export async function cmd(
  context: VerbContext,
  { command: typed, isConfirmed, ...order }: CommandOrder,
): Promise<Commanded> {
  const command = cleanText(typed);
  const name = commandName(command);
  if (name === null || command.length > limits.pasteCharsMax)
    throw usageError(
      `${quotedName(typed, limits.nameShownCharsMax)} is no slash command`,
      'Expected one line, as: agent-runner cmd work:1.0 /compact',
    );
  const tier = tierOf(name);
  if (tier === 'red' && !isConfirmed)
    throw refusedError(`/${name} ends the conversation or the session: it needs --confirm`);
  if (tier === 'red' && order.stash)
    throw usageError(`/${name} ends the conversation: with --stash nothing would prove that the draft came back`);
  return writeToPane(context, order, { verb: 'cmd', forPeople: 'cmd', text: command }, async (pane, view, isForced) => {
    if (!fitsBox(command, view.captured))
      throw usageError(`the command is too long for the box of ${view.pane.address}`);
    const there = ends(name) ? outlived(pane, view) : pane;
    const delivery = await submit(
      there,
      view,
      command,
      isForced,
      (jsonl, now) => submittedCommand(jsonl, command) ?? seenOf(view, now),
    );
    return { ...placeOf(view), command, tier, delivery, after: stateOf(await there.look()) };
  });
}

/** What writes its record only when it is closed opens a dialog; what ends the session leaves none. */
export const seenOf = (before: PaneView, now: PaneView): Submitted | null =>
  now.state === 'modal' || now.open?.sessionId !== before.open?.sessionId ? { kind: 'sent' } : null;

const ends = (name: string): boolean => ['exit', 'quit'].includes(name);

/** The pane itself may go with its session. */
function outlived(pane: WritablePane, before: PaneView): WritablePane {
  let isSent = false;
  return {
    ...pane,
    write(what) {
      isSent = 'key' in what;
      return pane.write(what);
    },
    look: () =>
      pane.look().catch(error => {
        if (!isSent || !isRunnerError(error) || !['no-such', 'not-running'].includes(error.code)) throw error;
        return { ...before, open: null, state: 'other', subtype: 'dead', transcript: null };
      }),
  };
}
