/** Where our hooks and the plugin are in this package, and what a settings file calls. */
import { join } from 'node:path';
import { type HookCommand, turnCommandLine } from '#hooks/install/settings-text.ts';
import { packageRoot } from '#runner/version.ts';

/** Both are made by the build, whether this runs from source or from dist/. */
const built = join(packageRoot, 'dist');

export const pluginDirectory = join(built, 'plugin');

export const hookCommand = (root: string, deliverOnStop: boolean, approvals = false): HookCommand => ({
  script: join(built, 'hook.sh'),
  root,
  node: process.execPath,
  deliverOnStop,
  approvals,
});

/** For the settings of an agent's turns: tells it of files that others have claimed. */
export const claimsCommand = (root: string, agent: string): string => turnCommandLine(hookCommand(root, false), agent);
