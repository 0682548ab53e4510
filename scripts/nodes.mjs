// The README's two commands as newcomers run them, under every npm and Node that they may have: `npm ci && npm run demo`, then the cheap
// part of `npm test` (npm run check). By hand, for it takes minutes and the registry: npm run test:nodes [-- 12/22]
//
// Node and npm come from the registry as packages. Each run has a copy of the tree without node_modules and an empty HOME; the cache of
// packages is shared. `npm ci` may print one thing that is not ours to mend: that claude asks for Node 22, on Node 20.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** npm/Node. npm 12 does without Node 20. */
const ALL = ['10/20', '10/22', '10/24', '11/20', '11/22', '11/24', '12/22', '12/24'];
const pairs = process.argv.length > 2 ? process.argv.slice(2) : ALL;
const scratch = mkdtempSync(join(tmpdir(), 'nodes-'));
/** How this machine reaches the registry: an empty HOME knows nothing of it. */
const reached = ['cache', 'registry', 'cafile', 'proxy', 'https-proxy'].flatMap(key => {
  const value = execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
  return ['', 'null', 'undefined'].includes(value) ? [] : [[`npm_config_${key.replace('-', '_')}`, value]];
});

try {
  const failed = pairs.filter(pair => !passes(pair));
  process.stdout.write(failed.length === 0 ? 'All of them.\n' : `Failed: ${failed.join(', ')}\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function passes(pair) {
  const [npm, node] = pair.split('/');
  const bin = join(scratch, `bin-${npm}-${node}`);
  const tree = join(scratch, 'tree');
  const home = join(scratch, 'home');
  for (const directory of [bin, home]) mkdirSync(directory, { recursive: true });
  // A link into the package would make npm look for its prefix there.
  cpSync(join(registry(`node@${node}`), 'bin', 'node'), join(bin, 'node'));
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nexec node ${join(registry(`npm@${npm}`), 'bin', 'npm-cli.js')} "$@"\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  cpSync('.', tree, { recursive: true, filter: path => !/^(\.git|dist.*|node_modules)$/.test(basename(path)) });
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    ...Object.fromEntries(reached),
    npm_config_update_notifier: 'false',
  };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(join(bin, 'npm'), args, { cwd: tree, env, encoding: 'utf8' });
    process.stdout.write(`npm ${npm}, Node ${node}: npm ${args.join(' ')}: ${status}\n`);
    if (status !== 0) process.stdout.write(`${stdout}${stderr}`);
    return { isWell: status === 0, stderr };
  };
  try {
    const installed = run('ci', '--no-audit', '--no-fund');
    const strange = installed.stderr.split('\n').filter(line => /warn/i.test(line) && !isAboutClaude(line));
    for (const line of strange) process.stdout.write(`  said besides: ${line}\n`);
    return installed.isWell && strange.length === 0 && run('run', 'demo').isWell && run('run', 'check').isWell;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** npm's words about claude's `engines`: six lines of EBADENGINE. */
function isAboutClaude(line) {
  return /EBADENGINE/.test(line);
}

/** The directory of a package from the registry, installed once. */
function registry(spec) {
  const home = join(scratch, spec);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{}');
  const name = spec.split('@')[0];
  // The package `node` gets its program from a script that installs another package.
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', spec];
  execFileSync('npm', args, { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] });
  const path = join(home, 'node_modules', name);
  readFileSync(join(path, 'package.json'));
  return path;
}
