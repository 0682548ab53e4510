/** `agent-runner answer`: a person answers the questions of a card. */

import { decidedText } from '#runner/cli/decided-text.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { pressedOption, pressedWord } from '#runner/cli/pressed.ts';

export const command: Declaration = {
  words: 'answer',
  heading: 'Your inbox',
  about: 'answer what a card asks; only in a terminal of yours, or by a button',
  arguments: [
    { name: '<card>' },
    { name: '<answer...>', about: 'the number of an option, or words of your own; one for each question' },
  ],
  options: [pressedOption],
  json: true,
  examples: ['agent-runner answer 5f0c9e1b 2', 'agent-runner answer 5f0c9e1b "neither: keep both"'],
  exits: { 1: 'too late: the card has ended', 66: 'no such card', 77: 'no person calls' },
};

export async function run(call: Call, id: string, answers: string[], options: { pressed?: boolean }): Promise<void> {
  const { answer } = await import('#runner/verbs/answer.ts');
  call.show(await answer(await call.context(), { id, answers, word: await pressedWord(options) }), decidedText);
}
