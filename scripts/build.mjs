// Bundles the command into dist/: one small entry, with each command's heavy imports in chunks of their own.
import { chmod, cp, rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { cli: 'runner/cli.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});
await chmod('dist/cli.js', 0o755);
await cp('runner/child/launch.sh', 'dist/launch.sh');
