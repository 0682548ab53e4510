// What is made from the commands' declarations and the results' shapes. `npm run pages` writes docs/commands.md and docs/json.md;
// build.mjs asks for the man page and the JSON Schemas, which only a package needs.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** What runner/pages/all.ts exports, from the sources as they are now. The package's own directory may be anybody's: nothing is written there. */
export async function loadPages() {
  const directory = await mkdtemp(join(tmpdir(), 'agent-runner-pages-'));
  try {
    const outfile = join(directory, 'pages.mjs');
    await build({
      entryPoints: ['runner/pages/all.ts'],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      external: ['koffi'],
      alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
      banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (process.argv[1]?.endsWith('pages.mjs')) {
  const { pages } = await loadPages();
  for (const [name, text] of Object.entries(await pages())) {
    const path = join('docs', name);
    const before = await readFile(path, 'utf8').catch(() => '');
    if (before !== text) await writeFile(path, text);
    console.log(`${path}: ${before === text ? 'as it was' : 'written'}`);
  }
}
