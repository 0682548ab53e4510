/** Where our hooks and the plugin are in this package, and what a settings file calls. */
import { dirname, join } from 'node:path';
import type { HookCommand } from '#hooks/install/settings-text.ts';
import { launcherPath, packageRoot } from '#runner/version.ts';

/** hook.sh and the plugin are beside the bundle; when run from source, in the package's dist/. */
const built = launcherPath.includes('/child/') ? join(packageRoot, 'dist') : dirname(launcherPath);

export const pluginDirectory = join(built, 'plugin');

export const hookCommand = (root: string, deliverOnStop: boolean): HookCommand => ({
  script: join(built, 'hook.sh'),
  root,
  node: process.execPath,
  deliverOnStop,
});
