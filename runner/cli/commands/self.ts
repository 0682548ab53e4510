/** `agent-runner self /<slash>`: for a session's own tool call, a slash command in its pane once the turn has ended. */
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'self',
  heading: 'The board, and your own sessions',
  about: 'from a session itself: run /compact, /context or /rename in its pane, once the turn has ended',
  arguments: [{ name: '<command>', about: 'with its slash, in quotes if it has arguments: "/compact keep the names"' }],
  options: [
    { flags: '--timeout <seconds>', about: 'give up after that', fallback: '3600' },
    { flags: '--wait', about: 'wait here, and not in a process of its own: for a command in the background' },
  ],
  json: true,
  examples: ['agent-runner self /compact', 'agent-runner self "/rename the-parser"'],
  exits: {
    64: 'no slash command',
    66: 'the session is in no pane of tmux',
    69: 'no tmux',
    75: 'a draft or a dialog is there, or a command waits already; with --wait: it was not run',
    77: 'not one of the three, or no tool call of a session calls',
  },
};

export async function run(call: Call, typed: string, options: { timeout: string; wait?: boolean }): Promise<void> {
  const order = { command: typed, timeoutMs: seconds('--timeout', options.timeout) };
  const { selfApart, selfHere } = await import('#runner/verbs/self-apart.ts');
  const context = await call.context();
  call.show(options.wait ? await selfHere(context, order) : await selfApart(context, order), ({ command, delivery }) =>
    delivery === null
      ? `${printableLine(command)} runs once this turn has ended; the next one is told how it ended\n`
      : `${printableLine(command)}: ${delivery}\n`,
  );
}
