/** What `broadcast`, and `send` to a group, print: a line for each peer. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Call } from '#runner/cli/declare.ts';
import type { Broadcast } from '#runner/results/messages.ts';
import { headLine } from '#runner/text/printing.ts';
import type { BroadcastInput } from '#runner/verbs/broadcast.ts';

/** Sends it, and prints a line for each peer. Exit 75 if somebody did not get it. */
export async function tellAll(call: Call, input: BroadcastInput): Promise<number> {
  const { broadcast } = await import('#runner/verbs/broadcast.ts');
  const told = await broadcast(await call.context(), input);
  call.show(told, lines);
  const failed = told.peers.filter(({ delivery }) => delivery === 'failed').length;
  if (failed === 0) return exitCode.ok;
  call.warn(
    `${failed} of ${told.peers.length} did not get it. The same again with --id ${told.id} delivers only what is missing`,
  );
  return exitCode.temporary;
}

const SAID = { delivered: 'delivered', duplicate: 'had it already', failed: 'failed' };

const lines = ({ id, peers }: Broadcast): string =>
  `${[
    id,
    ...peers.map(
      each =>
        `${headLine(each.to, 60)}: ${SAID[each.delivery]}${each.problem === null ? '' : `: ${headLine(each.problem, 300)}`}`,
    ),
  ].join('\n')}\n`;
