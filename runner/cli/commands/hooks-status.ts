/** `agent-runner hooks status`: where our hooks are installed and whether claude would run them: it is asked. */

import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { findHooksHere } from '#runner/claude/hooks-here.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'hooks status',
  about: 'where they are installed, and whether they would run; exit 1 if not',
  json: true,
  examples: ['agent-runner hooks status', 'agent-runner hooks status --json'],
  exits: { 1: 'no installation is whole' },
  isDefault: true,
  allowsExcess: true,
};

const LOG_LINES = 3;

export async function run(global: GlobalOptions): Promise<number> {
  const root = await requireRoot(rootPath(global.root, process.env));
  const { installs, notAsked } = await findHooksHere(root, process.env, process.cwd());
  const log = await readText(createDiskFiles(), rootLayout(root).hooksLog, 2 * limits.hookLogBytesMax);
  const trouble = (log ?? '').trimEnd().split('\n').filter(Boolean).slice(-LOG_LINES);
  if (global.json) printJson({ installs, notAsked, log: trouble });
  else {
    for (const { scope, path, state, problems } of installs)
      process.stdout.write(
        `${scope.padEnd(8)} ${state.padEnd(10)} ${printableLine(path)}\n${problems.map(each => `  ${printableLine(each)}\n`).join('')}`,
      );
    if (notAsked !== null)
      process.stdout.write(`\nThis is our own reading of the files; claude could not be asked: ${notAsked}\n`);
    if (trouble.length > 0)
      process.stdout.write(
        `\nLast trouble (${rootLayout(root).hooksLog}):\n  ${trouble.map(printableLine).join('\n  ')}\n`,
      );
    if (installs.every(({ state }) => state === 'absent'))
      process.stdout.write('\nInstall them: agent-runner hooks install\n');
  }
  return installs.some(({ state }) => state === 'installed') ? exitCode.ok : exitCode.no;
}
