/** Whether new sessions become peers by themselves: one file in the root says that they do not. */
import { rootLayout } from '#blackboard/layout.ts';
import { listOffered } from '#blackboard/peers/offered.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import type { AutoStart } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `to`: on, off or status. Sessions that are connected stay so. Throws 64 for anything else. */
export async function autoStart({ files, root }: VerbContext, { to }: { to: string }): Promise<AutoStart> {
  const { autoStartOff } = rootLayout(root);
  if (to === 'on') await files.remove(autoStartOff);
  else if (to === 'off') {
    await files.create(autoStartOff, '');
    await files.syncDirectory(root);
  } else if (to !== 'status') throw usageError(`expected on, off or status, got ${JSON.stringify(to.slice(0, 60))}`);
  const notConnected: AutoStart['notConnected'] = [];
  for (const { id, cwd, process } of await listOffered(files, root))
    if (process && (await isAlive(process))) notConnected.push({ id, cwd });
  return { autoStart: (await files.facts(autoStartOff)) ? 'off' : 'on', notConnected };
}
