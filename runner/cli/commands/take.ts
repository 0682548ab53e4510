/** `agent-runner take <session>`: a session that was lent to a person goes back to its agent. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';

export const command: Declaration = {
  words: 'take',
  heading: 'What they do',
  about: "end your claude with an agent's session, and give that back; never with a draft in its box, or at work",
  arguments: [{ name: '<session>', about: "the agent's name, the session's id, or its pane", completes: 'peer' }],
  options: [SOCKET_OPTION],
  json: true,
  examples: ['agent-runner take worker', 'agent-runner take worker-lent:0.0'],
  exits: {
    66: 'no such session, or it is not lent',
    69: 'no tmux',
    75: 'a draft, a dialog or a turn is there, or claude does not end',
    77: 'no person calls',
  },
};

export async function run(call: Call, name: string, { socket }: { socket?: string }): Promise<void> {
  const { take } = await import('#runner/verbs/take.ts');
  const back = await take(await call.context(), { name, socket });
  call.show(back, ({ agent, lent, session }) => {
    const goes = session === null ? 'with a new session' : session === lent ? 'where you left it' : `with ${session}`;
    return `${agent} has its session back, and goes on ${goes}\n`;
  });
}
