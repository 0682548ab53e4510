/**
 * `agent-runner hooks plugin`: prints the directory of the plugin, which is a marketplace of its own; how to install
 * it goes to stderr.
 */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cannotCreateError, exitCode } from '#blackboard/system/errors.ts';
import { pluginDirectory } from '#runner/claude/our-hooks.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'hooks plugin',
  about: 'print the directory of the plugin: another way to install them',
  json: true,
  examples: ['agent-runner hooks plugin', 'claude --plugin-dir "$(agent-runner hooks plugin)"'],
  exits: { 73: 'it was not built' },
};

export async function run(global: GlobalOptions): Promise<number> {
  await access(join(pluginDirectory, 'hook.sh')).catch(() => {
    throw cannotCreateError(
      `the plugin is not there: ${pluginDirectory}`,
      'In a checkout, make it with: npm run build',
    );
  });
  if (global.json) printJson({ path: pluginDirectory });
  else process.stdout.write(`${pluginDirectory}\n`);
  if (process.stderr.isTTY)
    process.stderr.write(
      `Install it:\n  claude plugin marketplace add '${pluginDirectory}'\n  claude plugin install agent-runner@agent-runner\n`,
    );
  return exitCode.ok;
}
