/** Says whether the user's claude has our plugin, what it needs: the command on the PATH, and in which sessions its mod lives. */
import { sessionLayout } from '#blackboard/layout.ts';
import { livingSessions } from '#blackboard/peers/sessions.ts';
import { readSettings, SCOPES, settingsPath } from '#hooks/install/installation.ts';
import { findHooks } from '#hooks/install/settings-text.ts';
import { modLives } from '#hooks/session/mod.ts';
import { usersClaude } from '#runner/claude/claude-plugin.ts';
import { findProgram } from '#runner/claude/find-program.ts';
import type { PluginStatus } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `cwd`: the project whose settings count, beside the user's own. Throws 73 or 75 if claude does not say, 78 if there is none. */
export async function pluginStatus({ root, files, env }: VerbContext, { cwd }: { cwd: string }): Promise<PluginStatus> {
  const claude = await usersClaude(root, env);
  const installed = await claude.installed();
  const hooks = await Promise.all(SCOPES.map(scope => hasHooks(settingsPath(scope, env, cwd))));
  const sessions = await livingSessions(files, root);
  const nowMs = Date.now();
  const mods = sessions.map(({ id, process }) => modLives(files, sessionLayout(root, id), process, nowMs));
  return {
    version: installed?.version ?? null,
    enabled: installed?.enabled ?? false,
    path: installed?.path ?? null,
    hooksToo: hooks.includes(true),
    command: findProgram('agent-runner', env),
    mod: { lives: (await Promise.all(mods)).filter(Boolean).length, sessions: sessions.length },
  };
}

/** What is wrong with a file, `hooks status` says. */
const hasHooks = (path: string): Promise<boolean> =>
  readSettings(path).then(
    text => text !== null && findHooks(text, path).length > 0,
    () => false,
  );
