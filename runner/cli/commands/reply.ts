/**
 * `agent-runner reply`: answers a message that a session or the operator got. A sender that waits in `ask` gets it at
 * once; an agent that does not wait works on it (reply-kind.ts). (An agent's own answer is its turn's final text.) The
 * answered message is done.
 */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { typedOrPiped } from '#runner/cli/terminal/typed-or-piped.ts';
import { printJson } from '#runner/text/printing.ts';
import { verbContext } from '#runner/verbs/context.ts';

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
    77: "it is another peer's",
  },
  allowsExcess: true,
};

export async function run(global: GlobalOptions, id: string, text: string | undefined): Promise<number> {
  const { reply } = await import('#runner/verbs/reply.ts');
  const explains = process.stderr.isTTY === true;
  const input = { id, text: typedOrPiped(text), explains };
  const replied = await reply(await verbContext(global.root, process.env), input);
  if (replied.delivery === 'duplicate') process.stderr.write(`agent-runner: already answered: ${replied.id}\n`);
  if (global.json) printJson(replied);
  else process.stdout.write(`${replied.id}\n`);
  if (replied.waits) process.stderr.write(`agent-runner: the message waits: ${replied.waits}\n`);
  return exitCode.ok;
}
