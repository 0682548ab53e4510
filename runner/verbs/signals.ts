/** Switches all signals off, at once and for every peer, or on again: by one file in the root. */
import { rootLayout } from '#blackboard/layout.ts';
import { usageError } from '#blackboard/system/errors.ts';
import type { Signals } from '#runner/results/signals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `to`: on or off; throws 64 for anything else. What was taken while they were on gives its turns when they are on again. */
export async function signals({ files, root }: VerbContext, { to }: { to: string }): Promise<Signals> {
  if (to !== 'off' && to !== 'on') throw usageError(`expected off or on, got ${JSON.stringify(to)}`);
  const { disableSignals } = rootLayout(root);
  if (to === 'on') await files.remove(disableSignals);
  else {
    await files.create(disableSignals, '');
    await files.syncDirectory(root);
  }
  return { signals: to };
}
