/** The home directory of the current user: $HOME, else what the system knows; never a relative one. */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { configurationError } from '#blackboard/system/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Throws (78) if none is known: nothing may be created or read below the current directory instead. */
export function homeDirectory(env: Env): string {
  const home = env.HOME || knownHome();
  if (isAbsolute(home)) return home;
  throw configurationError(
    home === ''
      ? `no home directory is known: HOME is not set, and the system knows none of uid ${process.getuid?.()}`
      : `expected an absolute path in HOME, got ${JSON.stringify(home)}`,
    'Set HOME to a directory of your own, or name the root with --root <directory> or $AGENT_RUNNER_HOME.',
  );
}

/** The same for `~` in a text that may not contain it: without a home directory, a path that does not exist. */
export function homeOrNone(env: Env): string {
  try {
    return homeDirectory(env);
  } catch {
    return '/HOME-is-not-set';
  }
}

function knownHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A uid without a line in passwd, as in containers.
    return '';
  }
}
