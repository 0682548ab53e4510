/** Types a text into the pane of a session and sends it, as its person would: proven by the session's transcript. */
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { submittedText } from '#hooks/claude/submitted.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { cleanText, fitsBox, OUR_WORD } from '#runner/panes/typed-text.ts';
import { submit } from '#runner/panes/write.ts';
import type { TypedInto } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { carryAhead, lineOf, linesFor, wholeText, withCarried } from '#runner/verbs/long-text.ts';
import type { Letter } from '#runner/verbs/outgoing.ts';
import { placeOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, type Writing, writeToPane } from '#runner/verbs/pane-writing.ts';

/** Pieces of one text that are pasted at the most. */
const PIECES_MAX = 4;

export interface TypeOrder extends WriteOrder {
  text: Letter['text'];
}

/** Throws 64 for no text, and for a pane too small for a line; otherwise as `writeToPane`, and 75 if it is not proven. */
export async function sendByTmux(context: VerbContext, order: TypeOrder): Promise<TypedInto> {
  const { view, text, carried, delivery } = await typeInto(context, order, {
    ...{ verb: 'send', forPeople: 'send --via tmux' },
  });
  return { ...placeOf(view), delivery, text, carried };
}

/** The same for another verb. `view`: the pane before. */
export async function typeInto(
  context: VerbContext,
  { text: given, ...order }: TypeOrder,
  writing: Omit<Writing, 'text'>,
): Promise<{ view: PaneView } & Pick<TypedInto, 'text' | 'carried' | 'delivery'>> {
  const whole = await wholeText(given);
  const said = cleanText(whole);
  if (said === '') throw usageError('there is nothing to send: the text is empty, or has only control characters');
  const all = `${OUR_WORD}${said}`;
  return writeToPane(context, order, { ...writing, text: all }, async (pane, view, isForced) => {
    const fits = (text: string) => text.length <= limits.pasteCharsMax * PIECES_MAX && fitsBox(text, view.captured);
    const type = async (text: string, carried: TypedInto['carried']) => {
      const delivery = await submit(pane, view, text, isForced, jsonl => submittedText(jsonl, text));
      return { view, text, carried, delivery };
    };
    if (fits(all)) return type(all, null);
    if (!linesFor(context.root).every(fits))
      throw usageError(
        `the box of ${view.pane.address} is too small to show even a line that names the text`,
        'Make its window larger, or send it without --via tmux.',
      );
    const carried = await carryAhead(context, view, whole);
    return type(lineOf(carried), carried).catch(error => Promise.reject(withCarried(carried, error)));
  });
}
