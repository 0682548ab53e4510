/**
 * Which files an agent's own commands may send: an agent that may run `agent-runner send` and little else must not use
 * it to read what its permissions forbid. Loads agent.md (and so YAML) only in a turn that sends a file.
 */
import { realpath } from 'node:fs/promises';
import { agentLayout } from '#blackboard/layout.ts';
import { configurationError, refusedError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { realPathInside } from '#blackboard/system/inside.ts';
import { limits } from '#blackboard/system/limits.ts';
import { callerOf } from '#runner/agents/caller.ts';
import { workDirectory } from '#runner/agents/worktree.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The real path of a file that may be sent; links are followed first. Outside of a turn, any file. In a turn: below the
 * agent's cwd or addDirs, or one of the files of its messages. Throws 77 for any other.
 */
export async function sendablePath(files: Files, root: string, env: Env, path: string): Promise<string> {
  const caller = await callerOf(files, root, env);
  if (caller.kind !== 'agent') return path;
  const { peer } = caller;
  const real = await realpath(path);
  if ((await realPathInside(real, await directoriesOf(files, root, peer, env))) !== null) return real;
  throw refusedError(
    `in its turn agent ${peer} may send files of its cwd, its addDirs and its inbox, and ${JSON.stringify(real.slice(0, 200))} is none of them`,
    'Send a copy that lies in your working directory.',
  );
}

async function directoriesOf(files: Files, root: string, peer: string, env: Env): Promise<string[]> {
  const layout = agentLayout(root, peer);
  const text = await readText(files, layout.definition, limits.recordBytesMax);
  if (text === null) throw configurationError(`${layout.definition} is gone`);
  const { parseAgentFile } = await import('#runner/agents/agent-file.ts');
  const definition = parseAgentFile(text, layout.definition, homeOrNone(env), layout.home);
  const works = (await workDirectory(files, layout, definition)) ?? definition.cwd;
  return [works, ...definition.addDirs, layout.inbox.files];
}
