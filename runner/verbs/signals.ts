/** Switches signals off for every peer, or on again, by one file in the root. */
import { rootLayout } from '#blackboard/layout.ts';
import { usageError } from '#blackboard/system/errors.ts';
import type { Signals } from '#runner/results/signals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 64 unless `to` is on or off. Signals that were accepted before start their turns when they are on again. */
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
