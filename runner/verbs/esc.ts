/** Presses Escape in the pane of a session: interrupts its turn, or closes its dialog. */
import { temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { pressKey } from '#runner/panes/press-key.ts';
import { whatIsSeen } from '#runner/panes/write.ts';
import type { Pressed } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf, stateOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, writeToPane } from '#runner/verbs/pane-writing.ts';

/**
 * At most one a second for each pane: the lock is held so long. Throws as `writeToPane`, and 75 if a turn or a dialog does not
 * end.
 */
export const esc = (context: VerbContext, order: WriteOrder): Promise<Pressed> =>
  writeToPane(context, order, { verb: 'esc', forPeople: 'esc', text: 'Escape' }, async (pane, before) => {
    const isChanged = (now: typeof before) => now.state !== before.state || now.subtype !== before.subtype;
    const after = await pressKey(pane, 'Escape', {
      isChanged: now => before.state === 'idle' || isChanged(now),
      holdsMs: limits.paneEscapeMs,
    });
    if (after === null)
      throw temporaryError('Escape was pressed, and has changed nothing', `What is seen there: ${whatIsSeen(before)}`);
    return { ...placeOf(after), key: 'esc', before: stateOf(before), after: stateOf(after) };
  });
