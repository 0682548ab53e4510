// `npm run bundle [file]`: the verbs of sessions in terminals in one file (bundle/agent-runner-panes.cjs, or the one that is named), for a
// host or a container that has Node and tmux and nothing else of ours. Says at its end what it made.
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';

/** What it has: commands that need no file beside them. Those that are not there yet are left out. */
const VERBS = [
  ...['init', 'list', 'status', 'peek', 'tail', 'wait', 'send', 'ask', 'cmd', 'esc', 'press'],
  ...['self', 'spawn', 'kill', 'fork'],
];

const file = resolve(process.argv[2] ?? 'bundle/agent-runner-panes.cjs');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** Takes the other commands out of their list: what it names would be in the file. */
const onlyVerbs = {
  name: 'only-verbs',
  setup(building) {
    building.onLoad({ filter: /\/runner\/cli\/registry\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const entries = /^ {2}'?([\w -]+?)'?: (?:\(\) => import\(.*\),|async \(\) => \{\n[\s\S]*?\n {2}\},)\n/gm;
      const contents = source.replace(entries, (entry, words) => (VERBS.includes(words) ? entry : ''));
      return { contents, loader: 'ts' };
    });
    // Alone on a terminal the command shows all there is; here, what it can do.
    building.onLoad({ filter: /\/runner\/cli\/commands\/overview\.ts$/ }, () => ({
      contents: "export const run = async () => console.log('See: agent-runner --help');",
    }));
    building.onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.c?js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

await mkdir(dirname(file), { recursive: true });
const { metafile } = await build({
  entryPoints: ['runner/cli/main.ts'],
  outfile: file,
  ...{ bundle: true, platform: 'node', target: 'node20.19', format: 'cjs', minify: true, metafile: true },
  ...{ legalComments: 'inline', logLevel: 'warning', external: ['koffi'] },
  // Its main file asks for its parts by a name that no bundler follows.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  plugins: [onlyVerbs],
  banner: { js: '#!/usr/bin/env node' },
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    BUNDLED_VERSION: JSON.stringify(version),
  },
});
await chmod(file, 0o755);
const strangers = Object.keys(metafile.inputs).flatMap(path => {
  const words = /^runner\/cli\/commands\/([\w-]+)\.ts$/.exec(path)?.[1];
  return words && words !== 'overview' && words !== 'version' && !VERBS.includes(words) ? [words] : [];
});
if (strangers.length > 0) throw new Error(`it has more than its verbs: ${strangers.join(' ')}`);
console.log(`${file}: agent-runner ${version}, ${Math.round((await stat(file)).size / 1024)} kB`);
