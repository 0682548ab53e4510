/**
 * `agent-runner dead requeue`: puts a dead letter back into its inbox. What the agent's conversation holds already is
 * not sent to it again.
 */
import { exitCode } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'dead requeue',
  about: 'put a dead letter back into its inbox',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner dead requeue 5f0c9e1b', 'agent-runner dead requeue 5f0c9e1b --json'],
  exits: {
    1: 'it is not dead',
    64: 'a beginning that fits several',
    65: 'a thing that cannot be work',
    66: 'no such message',
    77: 'its agent was removed',
  },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const { deadRequeue } = await import('#runner/verbs/dead-requeue.ts');
  const requeued = await deadRequeue(await verbContext(global.root, process.env), { letter: typed });
  const { id, peer, path, waits } = requeued;
  if (global.json) printJson(requeued);
  else process.stdout.write(path === null ? `${shortId(id)} waits for ${peer} again\n` : `dropped again: ${path}\n`);
  if (waits) process.stderr.write(`agent-runner: the message waits: ${waits}\n`);
  return exitCode.ok;
}
