/**
 * `agent-runner pause [name]`: a file `pause` in the agent's directory, or in the root for all. While it is there no
 * turn is begun; the runner looks for it last, just before it starts claude.
 */

import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'pause',
  heading: 'Agents at work',
  about: 'no new turns (default: of any agent), until resume; turns that run go on',
  arguments: [{ name: '[name]', completes: 'agent' }],
  json: true,
  examples: ['agent-runner pause reviewer', 'agent-runner pause'],
  exits: { 66: 'no such agent' },
};

export async function run(global: GlobalOptions, name: string | undefined): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const path = name === undefined ? rootLayout(root).pause : (await requireAgent(files, root, name)).pause;
  const already = (await writeOnce(files, path, `${new Date().toISOString()}\n`)) === 'exists';
  if (global.json) {
    printJson({ name: name ?? null, path, already });
    return exitCode.ok;
  }
  const who = name ?? 'every agent';
  const back = `agent-runner resume${name === undefined ? '' : ` ${name}`}`;
  process.stdout.write(
    `${already ? `${who} was paused already` : `Paused ${who}: no new turns; one that runs goes on to its end`}\nTake it back with: ${back}\n`,
  );
  return exitCode.ok;
}
