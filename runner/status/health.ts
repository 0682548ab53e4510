/**
 * What is wrong with the root right now, found by trying: for `status` and `doctor`, which must know it when nothing
 * can be written.
 */
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { freeSpaceOf } from '#blackboard/system/free-space.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { credentialsProblem } from '#blackboard/system/peer-credentials.ts';
import { faultMend, faultSentence } from '#runner/status/fault-sentence.ts';
import { refusalMend, refusalSentence, refusedWatch, silenceOf } from '#runner/status/watch-trial.ts';

export interface RootProblem {
  /** `gone` `owner` `mode` `write` `space` `watch` `kernel`. */
  code: string;
  /** What is wrong, one sentence without a full stop. */
  sentence: string;
  /** What to do, with the command where there is one. */
  mend: string;
}

/**
 * Everything that is wrong; empty: nothing. Leaves nothing behind. `watch`: whether to try watching, which only affects
 * speed, and which a live runner knows best (runner.json has its answer). `listen`: whether to test that changes are
 * reported, too.
 */
export async function rootProblems(root: string, { watch = true, listen = true } = {}): Promise<RootProblem[]> {
  const missing = missingProblem(root);
  if (missing) return [missing];
  const written = writeProblem(root);
  const space = written ? null : await spaceProblem(root);
  const found = [trustProblem(root), written, space, watch ? await watchProblem(root, listen) : null];
  return found.filter(problem => problem !== null);
}

/**
 * Signals are accepted without the kernel's proof of who sends them: only the socket's mode and its token protect it.
 * `byLoading`: the native module is loaded, which takes a while; otherwise it only has to be installed.
 */
export async function signalProblem({ byLoading = true } = {}): Promise<RootProblem | null> {
  if (!byLoading && isInstalled('koffi')) return null;
  const sentence = await credentialsProblem();
  return sentence === null
    ? null
    : { code: 'kernel', sentence, mend: 'Install it beside agent-runner: npm install koffi' };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.filename).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function missingProblem(root: string): RootProblem | null {
  try {
    lstatSync(rootLayout(root).agents);
    return null;
  } catch (error) {
    return problemOf(root, 'gone', errnoOf(error) ?? reasonOf(error));
  }
}

const problemOf = (root: string, code: string, errno: string): RootProblem => ({
  code,
  sentence: faultSentence(root, errno) ?? `${root} cannot be used (${errno})`,
  mend: faultMend(root, errno),
});

function trustProblem(root: string): RootProblem | null {
  const { uid, mode } = lstatSync(join(root, '.'));
  const own = process.getuid?.();
  if (own !== undefined && uid !== own)
    return {
      code: 'owner',
      sentence: `${root} belongs to uid ${uid}, not to you (uid ${own})`,
      mend: 'Name one of your own with --root <directory> or $AGENT_RUNNER_HOME',
    };
  if ((mode & 0o022) === 0) return null;
  const shown = (mode & 0o777).toString(8);
  return { code: 'mode', sentence: `others can write in ${root} (mode ${shown})`, mend: `chmod 700 ${root}` };
}

/** Where trials are made: not an agent's directory, and not one that a runner watches. */
const trialHome = (root: string): string => rootLayout(root).runners;

/** Does what every delivery does: creates, writes, fsyncs, links. Synchronous, because `list` waits for it. */
function writeProblem(root: string): RootProblem | null {
  const probe = join(trialHome(root), `.probe-${newNonce().slice(0, 12)}`);
  try {
    const file = openSync(probe, 'wx', 0o600);
    try {
      writeSync(file, Buffer.alloc(4096, 'x'));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(probe, `${probe}-2`);
    return null;
  } catch (error) {
    return problemOf(root, 'write', errnoOf(error) ?? reasonOf(error));
  } finally {
    rmQuietly(`${probe}-2`);
    rmQuietly(probe);
  }
}

function rmQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not made; or what prevented the trial prevents its removal, and has been reported.
  }
}

async function spaceProblem(root: string): Promise<RootProblem | null> {
  const { freeBytes, neededBytes, freeNames } = await freeSpaceOf(root);
  if (freeBytes >= neededBytes && freeNames !== 0) return null;
  const left = freeNames === 0 ? 'no inode is left' : `${(freeBytes / 1e6).toFixed(1)} MB are left`;
  return {
    code: 'space',
    sentence: `${left} on the disk of ${root}; no turn is started below ${(neededBytes / 1e6).toFixed(1)} MB`,
    mend: faultMend(root, 'ENOSPC'),
  };
}

/** Only affects speed: where watches fail, runners look once a second. `refused`: an errno. */
export const watchRefused = (refused: string): RootProblem => ({
  code: 'watch',
  sentence: `${refusalSentence(refused)}; ${INSTEAD}`,
  mend: refusalMend(refused),
});

const INSTEAD = 'inboxes are looked at every second instead';

/** Changes below the root are not reported. */
export async function watchSilent(root: string): Promise<RootProblem | null> {
  const silence = await silenceOf(trialHome(root));
  const mend = 'Nothing needs to be done; a root on a local disk is faster: --root';
  return silence === null ? null : { code: 'watch', sentence: `${silence}; ${INSTEAD}`, mend };
}

async function watchProblem(root: string, listen: boolean): Promise<RootProblem | null> {
  const errno = refusedWatch([trialHome(root)]);
  if (errno !== null) return watchRefused(errno);
  return listen ? watchSilent(root) : null;
}
