/**
 * `agent-runner dead purge`: removes dead letters with their reasons and files. Their outcomes stay until retention.
 */
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { DeadPurge } from '#runner/results/messages.ts';
import { headLine } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dead purge',
  about: 'remove dead letters for good: one, those of a peer, or old ones',
  arguments: [{ name: '[message-id-or-peer]', completes: 'peer+message' }],
  options: [
    { flags: '--older-than <duration>', about: 'only those that died longer ago: 12h, 30d' },
    { flags: '--all', about: 'all dead letters, or all of the peer' },
  ],
  json: true,
  examples: ['agent-runner dead purge 5f0c9e1b', 'agent-runner dead purge reviewer --older-than 30d'],
  exits: { 64: 'nothing was named, or a word that fits a peer and a message', 66: 'no such letter or peer' },
};

type Options = { olderThan?: string; all?: boolean };

export async function run(call: Call, typed: string | undefined, options: Options): Promise<void> {
  const { deadPurge } = await import('#runner/verbs/dead-purge.ts');
  const removed = await deadPurge(await call.context(), {
    of: typed ?? null,
    olderThan: options.olderThan ?? null,
    all: options.all === true,
  });
  call.show(removed, render);
}

function render(removed: DeadPurge): string {
  if (removed.length === 0) return 'No dead letter to remove.\n';
  const lines = removed.map(
    ({ peer, id, droppedAs }) =>
      `${shortId(id)} (${peer})${droppedAs === null ? '' : ` ${headLine(droppedAs, 120)}`}\n`,
  );
  return `${lines.join('')}Removed ${plural(removed.length, 'dead letter')}\n`;
}
