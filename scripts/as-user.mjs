// Runs the tests of the project "user" as an ordinary user: root may read and write everything, and so sees no fault of
// permissions. node scripts/as-user.mjs [argument of vitest...].
//
// As root: the tree is laid out in a directory that everybody can read (a clone may lie in /root), and the tests run there through
// setpriv, with a uid that owns nothing else and a HOME of its own. As anybody else the end-to-end tests have run as an ordinary
// user before: only test/e2e/*.user.test.ts are left, and run where they are.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nobody's: nothing else on this machine is theirs, and passwd has no line for them. */
const UID = 47_110;
/** Not needed by these tests. */
const LEFT_OUT = new Set(['.git', '.vite', '.vite-temp', '@biomejs', '@typescript']);
/** How many things of root's there are for tests to take. */
const FOREIGN = 8;
const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'user', ...process.argv.slice(2)];

if (process.getuid?.() !== 0) await run(process.execPath, [...vitest, '.user.test']);
else if (spawnSync('setpriv', ['--version']).error)
  process.stderr.write('ordinary user: not run, there is no setpriv\n');
else await runAsSomebody();

async function runAsSomebody() {
  const place = fs.mkdtempSync(join(fs.existsSync('/tmp') ? '/tmp' : tmpdir(), 'u-'));
  try {
    fs.chmodSync(place, 0o711);
    layOut('.', join(place, 'tree'));
    const [home, tmp, foreign] = ['home', 'tmp', 'foreign'].map(name => join(place, name));
    // The tree is read only, but for what vitest writes.
    const forVitest = ['.vite', '.vite-temp'].map(name => join(place, 'tree', 'node_modules', name));
    for (const directory of [home, tmp, foreign, ...forVitest]) {
      fs.mkdirSync(directory);
      fs.chownSync(directory, UID, UID);
    }
    makeForeign(foreign);
    const { PATH, LANG, CI, AGENT_RUNNER_OFFLINE, AGENT_RUNNER_TEST_FULL } = process.env;
    const own = { HOME: home, TMPDIR: tmp, AGENT_RUNNER_TEST_FOREIGN: foreign };
    const kept = { PATH, LANG, CI, AGENT_RUNNER_OFFLINE, AGENT_RUNNER_TEST_FULL };
    const somebody = [`--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--inh-caps=-all', '--'];
    process.stderr.write(`ordinary user: uid ${UID}, in ${place}\n`);
    await run('setpriv', [...somebody, process.execPath, ...vitest], {
      cwd: join(place, 'tree'),
      env: { ...kept, ...own },
    });
  } finally {
    fs.rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The same tree, readable for everybody: linked where the file is so already, else copied. */
function layOut(from, to) {
  fs.mkdirSync(to);
  fs.chmodSync(to, 0o755);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_OUT.has(entry.name)) continue;
    if (entry.isDirectory()) layOut(source, target);
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
    else if (entry.isFile()) giveFile(source, target);
  }
}

function giveFile(source, target) {
  const mode = fs.statSync(source).mode & 0o777;
  const open = mode | 0o444 | (mode & 0o100 ? 0o111 : 0);
  try {
    if (open !== mode) throw new Error('not for everybody to read');
    fs.linkSync(source, target);
  } catch {
    // Another disk, or a mode that the original keeps.
    fs.copyFileSync(source, target);
    fs.chmodSync(target, open);
  }
}

/**
 * What only root can make: files of mode 0600, and directories with such a file in it. They lie in a directory of the user's, who can
 * therefore rename them to where a test wants them (test/support/foreign.ts).
 */
function makeForeign(directory) {
  for (let index = 0; index < FOREIGN; index++) {
    fs.writeFileSync(join(directory, `file-${index}`), 'of somebody else\n', { mode: 0o600 });
    const inside = join(directory, `directory-${index}`);
    fs.mkdirSync(inside);
    fs.writeFileSync(join(inside, 'file'), 'of somebody else\n', { mode: 0o600 });
    // A directory is moved only by who may write in it; sticky: what is in it is still not theirs to remove.
    fs.chmodSync(inside, 0o1777);
  }
}

function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const pass = signal => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.exitCode = signal ? 1 : (code ?? 1);
      resolve();
    });
  });
}
