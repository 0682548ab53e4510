// Bundles into dist/ (or the directory that is named): the command, one small entry with each command's heavy imports in chunks
// of their own; and the hook, one file that loads nothing else, because it starts while a person waits.
import { chmod, cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const target = process.argv[2] ?? 'dist';
// Built beside and put in place whole: what runs from there meanwhile finds the old one or the new one.
const outdir = `${target}.building-${process.pid}`;
/** zod brings its messages in fifty languages, half a megabyte that every command would parse: English stays. */
const englishOnly = {
  name: 'english-only',
  setup(building) {
    building.onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.c?js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const shared = {
  plugins: [englishOnly],
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Native, and optional: found in node_modules when a socket is served, or not.
  external: ['koffi'],
};

await build({
  ...shared,
  entryPoints: { cli: 'runner/cli.ts' },
  splitting: true,
  format: 'esm',
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});
/** What the hook imports only when it is needed stays a file of its own, beside it. */
const settleAside = {
  name: 'settle-aside',
  setup(building) {
    building.onResolve({ filter: /\/inbox\/settle\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './settle.cjs', external: true } : undefined,
    );
  },
};
await build({
  ...shared,
  plugins: [englishOnly, settleAside],
  entryPoints: { hook: 'hooks/entry/hook.ts', settle: 'blackboard/inbox/settle.ts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
});
await chmod(join(outdir, 'cli.js'), 0o755);
await cp('runner/child/launch.sh', join(outdir, 'launch.sh'));
await cp('hooks/entry/hook.sh', join(outdir, 'hook.sh'));

const before = `${target}.before-${process.pid}`;
await rename(target, before).catch(() => {});
await rename(outdir, target);
await rm(before, { recursive: true, force: true });
