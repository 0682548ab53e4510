/**
 * `agent-runner reply`: answers a message to a session or the operator. An agent's answer is its turn's final text.
 */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { typedOrPiped } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'reply',
  heading: 'Your inbox',
  about: 'answer a message that you got',
  arguments: [
    { name: '<message-id>', completes: 'message' },
    { name: '[text]', about: 'the answer; "-" reads it from stdin' },
  ],
  json: true,
  examples: ['agent-runner reply 5f0c9e1b "yes, go on"', 'agent-runner reply 5f0c9e1b - < answer.md'],
  exits: {
    64: 'nothing to say',
    65: 'it was answered before, with another text',
    66: 'no such message, or its sender is gone',
    77: "it is another peer's, or a question to you and no person calls",
  },
  allowsExcess: true,
};

export async function run(call: Call, id: string, text: string | undefined): Promise<void> {
  const { reply } = await import('#runner/verbs/reply.ts');
  const explains = process.stderr.isTTY === true;
  const input = { id, text: typedOrPiped(text), explains };
  const replied = await reply(await call.context(), input);
  if (replied.delivery === 'duplicate') call.warn(`already answered: ${replied.id}`);
  call.show(replied, () => `${replied.id}\n`);
  if (replied.waits) call.warn(`the message waits: ${replied.waits}`);
}
