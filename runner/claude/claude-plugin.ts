/** Our plugin in the user's claude: claude itself installs it, takes it out, and says what it has. Our plugin is a marketplace, too. */
import { cannotCreateError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';
import { ownProgramEnv } from '#runner/claude/child-env.ts';
import { pathOfClaude } from '#runner/claude/claude-here.ts';

const NAME = 'agent-runner';
const ID = `${NAME}@${NAME}`;

/** As claude lists it (CLI 2.1.332). */
export interface InstalledPlugin {
  version: string;
  enabled: boolean;
  path: string;
}

export interface UsersClaude {
  installed(): Promise<InstalledPlugin | null>;
  /** From this directory, also if it came from another before; switched on. What is there then. */
  install(directory: string): Promise<InstalledPlugin | null>;
  /** Together with the marketplace, so that nothing of ours stays. False: neither was there. */
  uninstall(): Promise<boolean>;
}

/** Every call throws 73 or 75 with claude's own words if claude does not do it. Throws 78 if there is no claude. */
export async function usersClaude(root: string, env: NodeJS.ProcessEnv): Promise<UsersClaude> {
  const claude = await pathOfClaude(root, env);
  async function run(...args: string[]): Promise<string> {
    const argv = [claude, 'plugin', ...args];
    const end = await runProgram({ argv, env: ownProgramEnv(env), cwd: root, timeoutMs: limits.claudePluginMs });
    const fault = programFault(end);
    if (fault === null && end.kind === 'exited') return end.stdout;
    const words = `claude plugin ${args.join(' ')}: ${fault}`;
    throw end.kind === 'killed' ? temporaryError(words, 'Try again.') : cannotCreateError(words, 'Run it yourself.');
  }
  const listed = async (...args: string[]): Promise<Record<string, unknown>[]> => {
    const text = await run(...args, '--json');
    try {
      const list: unknown = JSON.parse(text);
      if (Array.isArray(list)) return list.filter(each => typeof each === 'object' && each !== null);
    } catch {
      // Told below.
    }
    throw cannotCreateError(`claude plugin ${args.join(' ')} --json printed no list`, 'Is this claude too old?');
  };
  async function installed(): Promise<InstalledPlugin | null> {
    const entry = (await listed('list')).find(({ id, scope }) => id === ID && scope === 'user');
    if (!entry) return null;
    const { version, folderVersion, enabled, readFromFolder, installPath } = entry;
    return {
      version: String(folderVersion ?? version),
      enabled: enabled === true,
      path: String(readFromFolder ?? installPath),
    };
  }
  return {
    installed,
    async install(directory) {
      await run('marketplace', 'add', directory);
      await run('install', ID);
      const now = await installed();
      if (now?.enabled !== false) return now;
      await run('enable', ID);
      return { ...now, enabled: true };
    },
    async uninstall() {
      const isKnown = (await listed('marketplace', 'list')).some(({ name }) => name === NAME);
      // Takes out what came from it, too.
      if (isKnown) await run('marketplace', 'remove', NAME);
      const stays = (await installed()) !== null;
      if (stays) await run('uninstall', ID);
      return isKnown || stays;
    },
  };
}
