/** What is wrong with the root right now, found by trying: for `status` and `doctor`, which must know when nothing can be written. */
import { link, lstat, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, reasonOf } from '../blackboard/errors.ts';
import { newNonce } from '../blackboard/ids.ts';
import { rootLayout } from '../blackboard/layout.ts';
import { credentialsProblem } from '../blackboard/wake/peer-credentials.ts';
import { faultMend, faultSentence } from './fault-sentence.ts';
import { freeSpaceOf } from './free-space.ts';
import { refusalSentence, refusedWatch, silenceOf } from './watch-trial.ts';

export interface RootProblem {
  /** `gone` `owner` `mode` `write` `space` `watch` `kernel`. */
  code: string;
  /** What is wrong, one sentence without a full stop. */
  sentence: string;
  /** What to do, with the command where there is one. */
  mend: string;
}

/** Everything that is wrong; empty: all is well. Leaves nothing behind. */
export async function rootProblems(root: string): Promise<RootProblem[]> {
  const missing = await isMissing(root);
  if (missing) return [missing];
  const written = await writeProblem(root);
  const space = written ? null : await spaceProblem(root);
  const found = [await trustProblem(root), written, space, await watchProblem(root)];
  return found.filter(problem => problem !== null);
}

/** Signals are taken without the kernel's word on who sends them: the socket's mode and its token are what stands. */
export async function signalProblem(): Promise<RootProblem | null> {
  const sentence = await credentialsProblem();
  return sentence === null
    ? null
    : { code: 'kernel', sentence, mend: 'Install it beside agent-runner: npm install koffi' };
}

async function isMissing(root: string): Promise<RootProblem | null> {
  const errno = await lstat(rootLayout(root).agents).then(
    () => null,
    error => errnoOf(error) ?? reasonOf(error),
  );
  return errno === null ? null : problemOf(root, 'gone', errno);
}

const problemOf = (root: string, code: string, errno: string): RootProblem => ({
  code,
  sentence: faultSentence(root, errno) ?? `${root} cannot be used (${errno})`,
  mend: faultMend(root, errno),
});

async function trustProblem(root: string): Promise<RootProblem | null> {
  const { uid, mode } = await lstat(join(root, '.'));
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

/** Where trials are made: no agent's directory, and none that a runner watches. */
const trialHome = (root: string): string => rootLayout(root).runners;

/** Does what every delivery does: creates, writes, fsyncs, links. */
async function writeProblem(root: string): Promise<RootProblem | null> {
  const probe = join(trialHome(root), `.probe-${newNonce().slice(0, 12)}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile(Buffer.alloc(4096, 'x'));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(probe, `${probe}-2`);
    return null;
  } catch (error) {
    return problemOf(root, 'write', errnoOf(error) ?? reasonOf(error));
  } finally {
    await unlink(`${probe}-2`).catch(() => {});
    await unlink(probe).catch(() => {});
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

const WATCH_MENDS: Readonly<Record<string, string>> = {
  ENOSPC: 'Allow more: sudo sysctl fs.inotify.max_user_watches=524288',
  EMFILE: 'Allow more: sudo sysctl fs.inotify.max_user_instances=512; ulimit -n 4096',
};

/** Only a matter of speed: where watches fail, runners look once a second. */
async function watchProblem(root: string): Promise<RootProblem | null> {
  const errno = refusedWatch(trialHome(root));
  if (errno !== null && errno !== 'ENOENT')
    return {
      code: 'watch',
      sentence: `${refusalSentence(errno)}; inboxes are looked at every second instead`,
      mend: WATCH_MENDS[errno] ?? 'Nothing needs to be done',
    };
  const silence = await silenceOf(trialHome(root));
  const mend = 'Nothing needs to be done; a root on a local disk is faster';
  return silence === null
    ? null
    : { code: 'watch', sentence: `${silence}; inboxes are looked at every second instead`, mend };
}
