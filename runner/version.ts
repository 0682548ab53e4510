/** The package's version and where its data files lie, from source and from dist alike. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
/** dist/ and runner/ both stand directly in the package. */
export const packageRoot = dirname(here);
/** Read at once: later there may be no descriptor left, or a disk that fails. Nothing where there is no package around the file. */
let known = readVersion();

/** Of a file that stands alone (scripts/bundle.mjs): there is no package around it. */
declare const BUNDLED_VERSION: string | undefined;

function readVersion(): string | undefined {
  if (typeof BUNDLED_VERSION === 'string') return BUNDLED_VERSION;
  try {
    return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

export function packageVersion(): string {
  known ??= readVersion();
  return known ?? 'unknown';
}

/** The command, as it was built. */
export const cliPath = join(packageRoot, 'dist', 'cli.js');
export const templatesDirectory = join(packageRoot, 'templates');
/** JSON Schemas of what commands print, by their words joined by `-`: made by the build. */
export const schemasDirectory = join(packageRoot, 'dist', 'schema');
/** The files of the dashboard's page, as the build made them. */
export const pageDirectory = join(packageRoot, 'dist', 'page');
/** In dist/ the launcher stands beside the bundle. */
export const launcherPath = here.endsWith('dist') ? join(here, 'launch.sh') : join(here, 'claude', 'launch.sh');
