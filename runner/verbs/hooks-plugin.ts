/** Finds the plugin, which is also a marketplace: another way to install our hooks. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cannotCreateError } from '#blackboard/system/errors.ts';
import { pluginDirectory } from '#runner/claude/our-hooks.ts';
import type { HooksPlugin } from '#runner/results/board.ts';

/** Throws 73 where it was not built. */
export async function hooksPlugin(): Promise<HooksPlugin> {
  await access(join(pluginDirectory, 'hook.sh')).catch(() => {
    throw cannotCreateError(
      `the plugin is not there: ${pluginDirectory}`,
      'In a checkout, make it with: npm run build',
    );
  });
  return { path: pluginDirectory };
}
