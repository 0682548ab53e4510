/** Types a text into the pane of a session and sends it, as its person would: proven by the session's transcript. */
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { submittedText } from '#hooks/claude/submitted.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { cleanText, fitsBox, OUR_WORD } from '#runner/panes/typed-text.ts';
import { submit } from '#runner/panes/write.ts';
import type { TypedInto } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type Letter, readWords } from '#runner/verbs/outgoing.ts';
import { placeOf } from '#runner/verbs/pane-summary.ts';
import { type WriteOrder, type Writing, writeToPane } from '#runner/verbs/pane-writing.ts';

export interface TypeOrder extends WriteOrder {
  text: Letter['text'];
}

/** Throws 64 for no text, and for one that the box would not show whole; otherwise as `writeToPane`, and 75 if it is not proven. */
export async function sendByTmux(context: VerbContext, order: TypeOrder): Promise<TypedInto> {
  const { view, text, delivery } = await typeInto(context, order, { verb: 'send', forPeople: 'send --via tmux' });
  return { ...placeOf(view), delivery, text };
}

/** The same for another verb. `view`: the pane before. */
export async function typeInto(
  context: VerbContext,
  { text: given, ...order }: TypeOrder,
  writing: Omit<Writing, 'text'>,
): Promise<{ view: PaneView; text: string } & Pick<TypedInto, 'delivery'>> {
  const words = await readWords({ to: order.name, text: given, files: [], cwd: '/' });
  const said = words?.kind === 'body' ? cleanText(words.text) : '';
  if (words?.kind === 'attached') throw tooLong('its pane');
  if (said === '') throw usageError('there is nothing to send: the text is empty, or has only control characters');
  const text = `${OUR_WORD}${said}`;
  return writeToPane(context, order, { ...writing, text }, async (pane, view, isForced) => {
    if (text.length > limits.pasteCharsMax * 4 || !fitsBox(text, view.captured))
      throw tooLong(`the box of ${view.pane.address}`);
    const delivery = await submit(pane, view, text, isForced, jsonl => submittedText(jsonl, text));
    return { view, text, delivery };
  });
}

const tooLong = (where: string) =>
  usageError(
    `the text is too long for ${where}, which must show the whole of it before Enter`,
    'Write it into a file, and send one line that names the file; or send it without --via tmux.',
  );
