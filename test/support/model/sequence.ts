// A script that gives the listed replies in order.
import type { Reply, Script } from '#runner/demo/model-server/reply.ts';
import { apiError } from '#test/support/model/failures.ts';

/**
 * Answers the n-th request of the conversation with the n-th reply; a function in the list is asked as a script. Beyond
 * the end it answers 400 and says so: a test then fails with the reason, and the CLI does not retry.
 */
export function sequence(replies: (Reply | Script)[]): Script {
  let next = 0;
  return request => {
    const reply = replies[next++];
    if (reply === undefined) return apiError(400, `the scripted sequence of ${replies.length} replies is used up`);
    return typeof reply === 'function' ? reply(request) : reply;
  };
}
