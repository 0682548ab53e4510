/** `agent-runner at`: sends a message that waits in the recipient's inbox/later until a time. Prints its id. */
import { LETTER_OPTIONS, letterOf, type SendOptions, tellSent } from '#runner/cli/commands/send.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';

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
    ...LETTER_OPTIONS,
    { flags: '--expires <when>', about: 'dead (and you are told) if it is not begun by then' },
  ],
  json: true,
  examples: [
    'agent-runner at 18:30 tester "run the long tests"',
    'agent-runner at "tomorrow 09:00" planner - < plan.md',
  ],
  exits: {
    64: 'a time that cannot be read or has passed, nothing to send, or a wrong option',
    65: 'the --id was used before with other words or files',
    66: 'no such peer or file',
    75: "the peer's queue is full",
    77: 'too many hops, or a file that this turn may not send',
  },
  allowsExcess: true,
};

export async function run(
  call: Call,
  when: string,
  peer: string,
  text: string | undefined,
  options: SendOptions,
): Promise<void> {
  const { at } = await import('#runner/verbs/at.ts');
  const nowMs = Date.now();
  tellSent(call, await at(await call.context(), { ...(await letterOf(peer, text, options)), when }), nowMs);
}
