/** Checks the root: it is ours alone, with hard links, durable writes, free space, and our clock. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { proveFileSystem, requireRoot, rootPath } from '#blackboard/root.ts';
import { isRunnerError, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { freeSpaceOf } from '#blackboard/system/free-space.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';
import { rootProblems } from '#runner/status/health.ts';

/** Whether the root can be used at all. The other checks need one that exists. */
export async function checkRoot(root: string, env: NodeJS.ProcessEnv): Promise<Check> {
  try {
    const real = await requireRoot(root, root === rootPath(undefined, env));
    const mode = (statSync(real).mode & 0o777).toString(8);
    if (mode !== '700')
      return wrong('root', `others can read what agents do in ${real} (mode ${mode})`, `chmod 700 ${real}`);
    return well('root', `${real} is yours alone (mode 700)`);
  } catch (error) {
    if (!isRunnerError(error)) throw error;
    return wrong('root', error.message, error.hint ?? 'Name another with --root <directory>');
  }
}

/** Tries each, in the root itself. */
export async function checkDisk(files: Files, root: string): Promise<Check[]> {
  const problems = await rootProblems(root, { watch: false });
  const found = (code: string) => problems.find(problem => problem.code === code);
  const write = found('write') ?? found('gone');
  if (write) return [wrong('write', write.sentence, write.mend)];
  const space = found('space');
  return [
    well('write', 'a file was written, and fsync brought it to the disk'),
    await checkLinks(files, root),
    space ? wrong('disk', space.sentence, space.mend) : well('disk', await roomSentence(root)),
    checkDiskClock(root),
  ];
}

async function checkLinks(files: Files, root: string): Promise<Check> {
  try {
    await proveFileSystem(files, root);
    return well('links', 'hard links work, and refuse a name that is taken');
  } catch (error) {
    const hint = isRunnerError(error) ? error.hint : undefined;
    return wrong('links', reasonOf(error), hint ?? 'Choose a local directory with --root');
  }
}

async function roomSentence(root: string): Promise<string> {
  const { freeBytes, neededBytes } = await freeSpaceOf(root);
  return `${(freeBytes / 1e9).toFixed(1)} GB are free (turns need ${(neededBytes / 1e6).toFixed(1)} MB)`;
}

/** If a file system uses another clock, drops look unfinished, or finished too early. */
const SKEW_MS = 5_000;

function checkDiskClock(root: string): Check {
  const probe = join(rootLayout(root).runners, `.probe-${newNonce().slice(0, 12)}`);
  const beforeMs = Date.now();
  try {
    writeFileSync(probe, '', { mode: 0o600 });
    const offMs = statSync(probe).mtimeMs - beforeMs;
    if (Math.abs(offMs) <= SKEW_MS + (Date.now() - beforeMs))
      return well('disk clock', 'files get the time that the clock shows');
    return wrong(
      'disk clock',
      `files in ${root} get a time that is ${Math.round(offMs / 1000)} s off this machine's clock`,
      'Set both clocks (timedatectl set-ntp true), or choose a local directory with --root',
    );
  } finally {
    rmSync(probe, { force: true });
  }
}
