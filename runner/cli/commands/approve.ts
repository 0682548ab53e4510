/** `agent-runner approve`: a person allows a call. */

import { decidedText } from '#runner/cli/decided-text.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { pressedOption, pressedWord } from '#runner/cli/pressed.ts';

export const command: Declaration = {
  words: 'approve',
  heading: 'Your inbox',
  about: 'allow the call that a card asks for; only in a terminal of yours, or by a button',
  arguments: [{ name: '<card>' }],
  options: [
    { flags: '--always', about: 'calls like this one too, from now on: the rule that the card shows' },
    pressedOption,
  ],
  json: true,
  examples: ['agent-runner approve 5f0c9e1b', 'agent-runner approve 5f0c9e1b --always'],
  exits: { 1: 'too late: the card has ended', 66: 'no such card', 77: 'no person calls, or claude suggests no rule' },
};

export async function run(call: Call, id: string, options: { always?: boolean; pressed?: boolean }): Promise<void> {
  const { approve } = await import('#runner/verbs/approve.ts');
  call.show(
    await approve(await call.context(), { id, always: options.always === true, word: await pressedWord(options) }),
    decidedText,
  );
}
