/** `agent-runner deny`: a person refuses a call. */

import { decidedText } from '#runner/cli/decided-text.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { pressedOption, pressedWord } from '#runner/cli/pressed.ts';

export const command: Declaration = {
  words: 'deny',
  heading: 'Your inbox',
  about: 'refuse what a card asks for; only in a terminal of yours, or by a button',
  arguments: [{ name: '<card>' }],
  options: [{ flags: '--reason <text>', about: 'what the model is told' }, pressedOption],
  json: true,
  examples: ['agent-runner deny 5f0c9e1b', 'agent-runner deny 5f0c9e1b --reason "on a branch, please"'],
  exits: { 1: 'too late: the card has ended', 66: 'no such card', 77: 'no person calls' },
};

export async function run(call: Call, id: string, options: { reason?: string; pressed?: boolean }): Promise<void> {
  const { deny } = await import('#runner/verbs/deny.ts');
  call.show(
    await deny(await call.context(), { id, reason: options.reason ?? null, word: await pressedWord(options) }),
    decidedText,
  );
}
