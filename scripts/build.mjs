// Bundles into dist/ (or the directory that is named), dependencies and all: a package needs no others. The command is one CommonJS file that holds what people wait for (send,
// list, status…), because loading many modules costs more than running them; every other command, and all that is heavy, lies
// in chunks (.mjs) that are loaded when they are needed. The hook is one file that loads nothing else. Both (main.cjs, hook-main.cjs) are run by
// a small file (cli.js, hook.cjs) that keeps V8's code cache of them.
import { createHash } from 'node:crypto';
import promises from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { loadPages } from './pages.mjs';

/** What the hook is started for most. */
const EVENTS = ['PostToolUse', 'SessionStart', 'Stop', 'UserPromptSubmit'];

const { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } = promises;

/** Commands that stand in the command's own file: they load no zod, no YAML, no watcher. */
const AT_HAND = ['ask', 'list', 'meant', 'notify', 'post', 'send', 'status', 'tail'];

/** What `list` looks at panes with: it stands there, too. */
const LOOKS = ['#runner/panes/look.ts', '#runner/panes/tmux.ts', '#runner/verbs/pane-summary.ts'];

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
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // Whole licenses stand in THIRD-PARTY.txt.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Its main file asks for its parts by a name that no bundler follows.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Native, and optional: found in node_modules when a socket is served, or not.
  external: ['koffi'],
};

const bundles = [];

/** What the command's file loads later, by the path of its source. */
const later = new Map();
const laterInChunks = {
  name: 'later-in-chunks',
  setup(building) {
    building.onResolve({ filter: /^#|^proper-lockfile$/ }, async ({ kind, path, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'here') return;
      const name = basename(path, '.ts');
      // The command itself, its verb, and how it waits.
      const isAtHand = /\/(registry|main)\.ts$/.test(importer) || path.startsWith('#runner/verbs/');
      if ((isAtHand && AT_HAND.includes(name)) || name === 'asking') return;
      if (LOOKS.includes(path) && importer.endsWith('/verbs/list.ts')) return;
      const found = await building.resolve(path, { kind, importer, resolveDir, pluginData: 'here' });
      if ((later.get(name) ?? found.path) !== found.path) throw new Error(`two chunks would be called ${name}.mjs`);
      later.set(name, found.path);
      return { path: `./${name}.mjs`, external: true };
    });
  },
};

/** Builtins that take milliseconds to load and that most starts never use: loaded at the first call of one of these. */
const LATE = {
  'node:child_process': ['execFile', 'execFileSync', 'spawn'],
  'node:crypto': ['createHash', 'randomBytes', 'timingSafeEqual'],
  'node:fs/promises': Object.keys(promises).filter(name => typeof promises[name] === 'function'),
  'node:net': ['connect', 'createServer'],
  'node:os': ['availableParallelism', 'tmpdir', 'uptime', 'userInfo'],
  'node:stream/promises': ['pipeline'],
  'node:timers/promises': ['setTimeout'],
};
const lateBuiltins = {
  name: 'late-builtins',
  setup(building) {
    building.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      (path in LATE || path === 'node:module') && namespace !== 'late'
        ? { path, namespace: 'late' }
        : { path, external: true },
    );
    // A bundle has a require of its own; node:module would load all that import() needs.
    building.onLoad({ filter: /^node:module$/, namespace: 'late' }, () => ({
      contents: 'const own = require; export const createRequire = () => own;',
    }));
    building.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: [
        "import { promisify } from 'node:util';",
        `const load = () => require('${path}');`,
        ...LATE[path].map(name => `export const ${name} = (...args) => load().${name}(...args);`),
        // promisify(execFile) gives stdout and stderr by this.
        ...(LATE[path].includes('execFile')
          ? ['execFile[promisify.custom] = (...args) => promisify(load().execFile)(...args);']
          : []),
      ].join('\n'),
      resolveDir: '.',
    }));
  },
};

bundles.push(
  await build({
    ...shared,
    plugins: [laterInChunks, lateBuiltins],
    entryPoints: { main: 'runner/cli/main.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  }),
);
/** SQLite finds its WebAssembly beside its own file: both are copied as they are. */
const sqliteAside = {
  name: 'sqlite-aside',
  setup(building) {
    building.onResolve({ filter: /^node-sqlite3-wasm$/ }, () => ({
      path: './sqlite/node-sqlite3-wasm.js',
      external: true,
    }));
  },
};
bundles.push(
  await build({
    ...shared,
    plugins: [englishOnly, sqliteAside],
    entryPoints: Object.fromEntries(later),
    chunkNames: 'chunk-[hash]',
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  }),
);
/** What the hook imports only when it is needed stays a file of its own, beside it. */
const settleAside = {
  name: 'settle-aside',
  setup(building) {
    building.onResolve({ filter: /\/inbox\/settle-drops\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './settle.cjs', external: true } : undefined,
    );
  },
};
bundles.push(
  await build({
    ...shared,
    plugins: [englishOnly, settleAside, lateBuiltins],
    entryPoints: {
      'hook-main': 'hooks/entry/hook.ts',
      settle: 'blackboard/inbox/settle-drops.ts',
      watch: 'hooks/entry/watch.ts',
    },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  }),
);
await runByCache('main.cjs', 'cli.js', AT_HAND, '#!/usr/bin/env node\n');
await runByCache('hook-main.cjs', 'hook.cjs', EVENTS);
// cli.js is CommonJS, whatever the package around it says.
await writeFile(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
await chmod(join(outdir, 'cli.js'), 0o755);
await cp('runner/claude/launch.sh', join(outdir, 'launch.sh'));
await cp('hooks/entry/hook.sh', join(outdir, 'hook.sh'));
await buildPage(join(outdir, 'page'));
await cp('node_modules/node-sqlite3-wasm/dist', join(outdir, 'sqlite'), { recursive: true });
const { manual, schemas, REACTION_POLICY } = await loadPages();
await buildPlugin(join(outdir, 'plugin'));
await writeFile(join(outdir, 'THIRD-PARTY.txt'), await licenses());

await writeManualAndSchemas();

const before = `${target}.before-${process.pid}`;
await rename(target, before).catch(() => {});
await rename(outdir, target);
await rm(before, { recursive: true, force: true });

/**
 * Makes `entry`, which runs `bundle` by its code cache (blackboard/system/code-cache.ts), of which there is one for each of `uses`, the first argument.
 * Node refuses `import()` in code that is compiled so: the entry does it for the bundle, from the same directory.
 */
async function runByCache(bundle, entry, uses, before = '') {
  const source = await readFile(join(outdir, bundle), 'utf8');
  // esbuild leaves what is not ASCII in regular expressions; one such character makes V8 keep the whole text in twice the memory.
  const text = source
    .replace(/\bimport\((?=")/g, 'load(')
    .replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (/\bimport\(/.test(text)) throw new Error(`${bundle} holds an import() that is not of a string`);
  await writeFile(join(outdir, bundle), text);
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const contents = `${before}const { runBundle } = require('./blackboard/system/code-cache.ts');
    const use = ${JSON.stringify(uses)}.includes(process.argv[2]) ? process.argv[2] : 'other';
    const load = path => import(path);
    runBundle({ bundle: __dirname + '/${bundle}', version: '${version}', use }, { exports, require, module, __filename, __dirname, load });`;
  const { outputFiles } = await build({
    ...shared,
    stdin: { contents, resolveDir: '.' },
    format: 'cjs',
    write: false,
  });
  await writeFile(join(outdir, entry), outputFiles[0].contents);
}

/** The plugin of Claude Code: templates/plugin with the package's version, the policy in its skill, and the hook beside it. It needs nothing else of dist/. */
async function buildPlugin(plugin) {
  await cp('templates/plugin', plugin, { recursive: true });
  for (const name of ['hook.sh', 'hook.cjs', 'hook-main.cjs', 'settle.cjs', 'watch.cjs'])
    await cp(join(outdir, name), join(plugin, name));
  // claude starts them itself, without a shell.
  for (const name of ['hook.sh', 'hooks/command-check.sh']) await chmod(join(plugin, name), 0o755);
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const fill = async (path, blank, text) =>
    writeFile(
      join(plugin, path),
      (await readFile(join(plugin, path), 'utf8')).replace(blank, () => text),
    );
  await fill('.claude-plugin/plugin.json', '"0.0.0"', JSON.stringify(version));
  await fill('skills/agent-runner/SKILL.md', '{{REACTION_POLICY}}', REACTION_POLICY);
}

/** The dashboard's page: one script, one sheet, and what else a browser asks for. */
async function buildPage(page) {
  bundles.push(
    await build({
      ...shared,
      platform: 'browser',
      target: ['es2022'],
      outdir: page,
      entryPoints: { page: 'runner/dashboard/page/page.tsx' },
      format: 'esm',
      jsx: 'automatic',
      jsxImportSource: 'preact',
    }),
  );
  for (const name of ['index.html', 'icon.svg', 'icon-waits.svg', 'icon-192.png', 'icon-512.png', 'page.webmanifest'])
    await cp(join('runner/dashboard/page', name), join(page, name)).catch(error => {
      if (error.code !== 'ENOENT') throw error;
    });
}

/** Of every package that a bundle holds: its name, its version, its license's text. */
async function licenses() {
  const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const homes = inputs
    .map(path => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .concat('node_modules/node-sqlite3-wasm')
    .filter(Boolean);
  const texts = [...new Set(homes)].sort().map(async home => {
    const { name, version, license } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    const file = (await readdir(home)).find(each => /^licen[cs]e/i.test(each));
    const text = file ? await readFile(join(home, file), 'utf8') : `License: ${license}\n`;
    return `== ${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join('\n');
}

/** agent-runner.1 and schema/<command>.json, from what commands declare and return. */
async function writeManualAndSchemas() {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const released = (await stat('package.json')).mtime.toISOString().slice(0, 10);
  await writeFile(join(outdir, 'agent-runner.1'), await manual(version, released));
  await mkdir(join(outdir, 'schema'));
  for (const [verb, schema] of Object.entries(schemas()))
    await writeFile(
      join(outdir, 'schema', `${verb.replaceAll(' ', '.')}.json`),
      `${JSON.stringify(schema, null, 2)}\n`,
    );
}
