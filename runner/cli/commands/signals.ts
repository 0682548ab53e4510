/** `agent-runner signals off|on`: the switch. Off: no signal is taken and none starts a turn, of any peer, at once. */

import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'signals',
  heading: 'Signals',
  about: 'switch all signals off, at once, or on again',
  arguments: [{ name: '<off|on>', completes: ['on', 'off'] }],
  json: true,
  examples: ['agent-runner signals off', 'agent-runner signals on'],
};

export async function run(global: GlobalOptions, to: string): Promise<number> {
  if (to !== 'off' && to !== 'on') throw usageError(`expected off or on, got ${JSON.stringify(to)}`);
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { disableSignals } = rootLayout(root);
  if (to === 'on') {
    await files.remove(disableSignals);
    if (global.json) printJson({ signals: to });
    else process.stdout.write('Signals are on; those that had been taken before give their turns now\n');
    return exitCode.ok;
  }
  await files.create(disableSignals, '');
  await files.syncDirectory(root);
  if (global.json) printJson({ signals: to });
  else
    process.stdout.write(
      'Signals are off: none is taken, and none starts a turn. Turns that run go on (agent-runner stop --now ends them)\n',
    );
  return exitCode.ok;
}
