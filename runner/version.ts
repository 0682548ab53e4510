/** The package's version and where its data files lie, from source and from dist alike. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** dist/ and runner/ both stand directly in the package. */
export const packageRoot = dirname(here);
let known: string | undefined;

/** Read when it is first asked for: who needs a path only may run from where there is no package. */
export function packageVersion(): string {
  known ??= JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version as string;
  return known;
}
export const templatesDirectory = join(packageRoot, 'templates');
/** In dist/ the launcher stands beside the bundle. */
export const launcherPath = here.endsWith('dist') ? join(here, 'launch.sh') : join(here, 'claude', 'launch.sh');
