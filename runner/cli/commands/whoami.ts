/** `agent-runner whoami`: who calls, as the process tree proves it. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Whoami } from '#runner/results/board.ts';
import { headLine } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'whoami',
  heading: 'The board, and your own sessions',
  about: 'who you are to the others: an agent in its turn, a session, or the operator',
  json: true,
  examples: ['agent-runner whoami', 'agent-runner whoami --json'],
  exits: { 77: 'a claude or a turn calls, and none of this root is proven' },
};

export async function run(call: Call): Promise<void> {
  const { whoami } = await import('#runner/verbs/whoami.ts');
  const who = await whoami(await call.context());
  call.show(who, () => `${render(who)}\n`);
}

function render({ kind, name, turn, hops, maxHops, says, unread, root }: Whoami): string {
  const what = kind === 'operator' ? name : `${name} (${kind}${turn === null ? '' : `, turn ${turn}`})`;
  return [
    what,
    ...(hops === null ? [] : [`what it sends is hop ${hops + 1} of ${maxHops}`]),
    ...(says === null ? [] : [`says: ${headLine(says, 200)}`]),
    `${plural(unread, 'message')} unread`,
    `in ${headLine(root, 1000)}`,
  ].join('\n  ');
}
