/** Presses a key in the dialog that a session stands at. */
import { temporaryError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { DIALOG_KEYS, pressKey } from '#runner/panes/press-key.ts';
import { whatIsSeen } from '#runner/panes/write.ts';
import type { Pressed } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf, stateOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, writeToPane } from '#runner/verbs/pane-writing.ts';

/** Throws 64 for a key that is not of a dialog, or a number that this one does not have; otherwise as `writeToPane`, and 75 if the dialog does not change. */
export async function press(context: VerbContext, { key, ...order }: WriteOrder & { key: string }): Promise<Pressed> {
  const typed = key.toLowerCase();
  const name = Object.hasOwn(DIALOG_KEYS, typed) ? DIALOG_KEYS[typed] : undefined;
  if (name === undefined)
    throw usageError(
      `${quotedName(key, limits.nameShownCharsMax)} is no key of a dialog`,
      `Expected one of: ${Object.keys(DIALOG_KEYS).join(' ')}`,
    );
  return writeToPane(context, order, { verb: 'press', forPeople: 'press', text: name }, async (pane, before) => {
    requireChoice(typed, dialogIn(before));
    const after = await pressKey(pane, name, { isChanged: now => dialogIn(now) !== dialogIn(before) });
    if (after === null)
      throw temporaryError(
        `${typed} was pressed, and has changed nothing`,
        `What is seen there: ${whatIsSeen(before)}`,
      );
    return { ...placeOf(after), key: typed, before: stateOf(before), after: stateOf(after) };
  });
}

/** Claude takes a number too high for the last one, and moves its cursor there (2.1.332). */
export function requireChoice(key: string, dialog: string): void {
  if (!/^[1-9]$/.test(key)) return;
  const choices = [...dialog.matchAll(/^[ │]*(?:❯ *)?([1-9])\. /gm)].map(([, number]) => number!);
  // On a low screen the rest of them is out of sight, and a person may know it.
  if (choices.includes(key) || /^[ │]*↓ /m.test(dialog)) return;
  throw usageError(
    `the dialog has no choice ${key}`,
    choices.length > 0
      ? `Expected one of: ${choices.join(' ')}`
      : 'It has no numbers: up, down and enter choose there.',
  );
}

/** Above a dialog the mark of a running tool blinks (2.1.332): that is no proof that a key did something. */
export const dialogIn = ({ screen, captured }: Pick<PaneView, 'screen' | 'captured'>): string =>
  screen.kind === 'dialog' ? screen.text : captured;
