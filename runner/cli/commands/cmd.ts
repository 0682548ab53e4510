/** `agent-runner cmd <peer> /<slash>`: runs a slash command of claude in the pane of a session. */
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { FORCE_OPTION, SOCKET_OPTION, STASH_OPTION } from '#runner/cli/terminal/pane-options.ts';

export const command: Declaration = {
  words: 'cmd',
  heading: 'What they do',
  about: 'run a slash command of claude in the pane of a session; only in a terminal of yours',
  arguments: [
    { name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' },
    { name: '<command>', about: 'with its slash, in quotes if it has arguments: "/compact keep the names"' },
  ],
  options: [
    { flags: '--confirm', about: 'for a command that ends the conversation or the session: /clear, /exit, /resume…' },
    STASH_OPTION,
    FORCE_OPTION,
    SOCKET_OPTION,
  ],
  json: true,
  examples: ['agent-runner cmd work:1.0 "/compact keep the names"', 'agent-runner cmd app-main /clear --confirm'],
  exits: {
    64: 'no slash command, or with --stash one that ends the conversation',
    66: 'no such session or pane',
    69: 'no tmux',
    75: 'its gate is closed now, or nothing proves that it ran',
    77: 'no person calls, it is the own pane, or --confirm is missing',
  },
};

type Options = { confirm?: boolean; force?: boolean; stash?: boolean; socket?: string };

export async function run(call: Call, name: string, typed: string, options: Options): Promise<void> {
  const { cmd } = await import('#runner/verbs/cmd.ts');
  const { confirm: isConfirmed = false, force = false, stash = false, socket } = options;
  const ran = await cmd(await call.context(), { name, command: typed, isConfirmed, force, stash, socket });
  call.show(ran, ({ address, command, delivery }) => `${printableLine(`${address}: ${command}, ${delivery}`)}\n`);
}
