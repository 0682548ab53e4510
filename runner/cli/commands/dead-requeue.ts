/** `agent-runner dead requeue`: puts a dead letter back into its inbox. */
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';

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

export async function run(call: Call, typed: string): Promise<void> {
  const { deadRequeue } = await import('#runner/verbs/dead-requeue.ts');
  const requeued = await deadRequeue(await call.context(), { letter: typed });
  const { id, peer, path, waits } = requeued;
  call.show(requeued, () => (path === null ? `${shortId(id)} waits for ${peer} again\n` : `dropped again: ${path}\n`));
  if (waits) call.warn(`the message waits: ${waits}`);
}
