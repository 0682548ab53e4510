/** `agent-runner kill <peer>`: ends an interactive session in tmux. */
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { FORCE_OPTION, SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';

export const command: Declaration = {
  words: 'kill',
  heading: 'Agents at work',
  about: 'end an interactive session in tmux; its conversation stays, and claude --resume goes on with it',
  arguments: [
    { name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer', isWhole: true },
  ],
  options: [{ flags: '--confirm', about: 'also one that spawn and fork have not made' }, FORCE_OPTION, SOCKET_OPTION],
  json: true,
  examples: ['agent-runner kill reviewer', 'agent-runner kill work:1.0 --confirm'],
  exits: {
    66: 'no such session or pane',
    69: 'no tmux',
    75: 'its gate is closed now, or it does not end',
    77: 'an agent or a session calls, it is the own pane, or --confirm is missing',
  },
};

type Options = { confirm?: boolean; force?: boolean; socket?: string };

export async function run(call: Call, name: string, options: Options): Promise<void> {
  const { kill } = await import('#runner/verbs/kill.ts');
  const { confirm: isConfirmed = false, force = false, socket } = options;
  const killed = await kill(await call.context(), { name, isConfirmed, force, socket });
  call.show(killed, ({ address, pid }) =>
    pid === null
      ? `${printableLine(address)}: it had ended before\n`
      : `${printableLine(address)}: claude (pid ${pid}) is gone\n`,
  );
}
