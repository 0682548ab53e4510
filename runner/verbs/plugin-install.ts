/** Installs our plugin in the user's claude, or brings the one that is there up to date. */
import { requirePerson } from '#runner/agents/person.ts';
import { usersClaude } from '#runner/claude/claude-plugin.ts';
import type { PluginInstall } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { hooksPlugin } from '#runner/verbs/hooks-plugin.ts';

/** Throws 73 or 75 if claude does not do it, 77 unless a person calls, 78 if there is no claude. */
export async function pluginInstall({ root, files, env }: VerbContext): Promise<PluginInstall> {
  await requirePerson(files, root, env, 'plugin install');
  const { path } = await hooksPlugin();
  const claude = await usersClaude(root, env);
  const before = await claude.installed();
  const now = await claude.install(path);
  return { path, version: now?.version ?? null, changed: JSON.stringify(before) !== JSON.stringify(now) };
}
