/**
 * `agent-runner at`: sends a message that is held until an instant; prints its id. The message waits in the recipient's
 * inbox/later, so nothing needs to run until then but the recipient's own runner. Exit codes and --json are those of
 * `send`, with notBefore; 64 for a time that cannot be read or has passed. On stderr: what the time was taken for.
 */

import { letterOf, type SendOptions, tellSent } from '#runner/cli/commands/send.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'at',
  heading: 'Messages',
  about: 'send a message that is held until a time; prints its id',
  arguments: [
    {
      name: '<when>',
      about: '18:30 (tomorrow, if that has passed), "tomorrow 09:00", +2h, 2026-11-21T09:00; local time',
    },
    { name: '<peer>', completes: 'peer' },
    { name: '[text]', about: 'the message; "-" reads it from stdin' },
  ],
  options: [
    { flags: '--file <path...>', about: 'attach a file', completes: 'file' },
    {
      flags: '--kind <kind>',
      about: 'request, question, status, done or note',
      fallback: 'request',
      completes: ['request', 'question', 'status', 'done', 'note'],
    },
    { flags: '--thread <name>', about: 'messages of one thread may share a turn' },
    { flags: '--subject <text>', about: 'shown in lists and to the agent' },
    { flags: '--priority <level>', about: 'high, normal or low', completes: ['high', 'normal', 'low'] },
    { flags: '--id <key>', about: 'idempotency key: the same key is one message, however often it is sent' },
    { flags: '--from <peer>', about: 'send in the name of this peer', completes: 'peer' },
    { flags: '--expires <when>', about: 'dead (and you are told) if it is not begun by then' },
  ],
  json: true,
  examples: [
    'agent-runner at 18:30 tester "run the long tests"',
    'agent-runner at "tomorrow 09:00" planner - < plan.md',
  ],
  allowsExcess: true,
};

export async function run(
  global: GlobalOptions,
  when: string,
  peer: string,
  text: string | undefined,
  options: SendOptions,
): Promise<number> {
  const { at } = await import('#runner/verbs/at.ts');
  const nowMs = Date.now();
  const context = await verbContext(global.root, process.env);
  return tellSent(global, await at(context, { ...(await letterOf(peer, text, options)), when }), nowMs);
}
