// Writes the package's declarations into dist/types (or below the directory that is named): those of runner/package-types.ts and
// of what they rest on. Only a package needs them, so `npm run build` does without.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const outdir = join(process.argv[2] ?? 'dist', 'types');
const compiler = [
  'node_modules/.bin/tsc',
  '--ignoreConfig',
  '--declaration',
  '--emitDeclarationOnly',
  '--outDir',
  outdir,
];
const options = [
  '--rootDir',
  '.',
  '--target',
  'es2023',
  '--module',
  'nodenext',
  '--lib',
  'es2023',
  '--types',
  'node',
  '--strict',
];
const more = ['--exactOptionalPropertyTypes', '--allowImportingTsExtensions', '--skipLibCheck'];
execFileSync(compiler[0], [...compiler.slice(1), ...options, ...more, 'runner/package-types.ts'], { stdio: 'inherit' });

// The compiler leaves imports as the sources have them; there are no sources in the package.
for (const name of readdirSync(outdir, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(outdir, name);
  const up = relative(dirname(path), outdir) || '.';
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ')#([^']*)\.ts'/g, `$1${up}/$2.js'`));
}
