/** Takes our plugin out of the user's claude, and the marketplace that it came from. */
import { requirePerson } from '#runner/agents/person.ts';
import { usersClaude } from '#runner/claude/claude-plugin.ts';
import type { PluginUninstall } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 73 or 75 if claude does not do it, 77 unless a person calls, 78 if there is no claude. */
export async function pluginUninstall({ root, files, env }: VerbContext): Promise<PluginUninstall> {
  await requirePerson(files, root, env, 'plugin uninstall');
  const claude = await usersClaude(root, env);
  return { changed: await claude.uninstall() };
}
