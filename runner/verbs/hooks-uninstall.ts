/**
 * Takes our hooks out of a settings.json. If nobody changed it since, it is again what it was. Hooks of another root stay.
 */
import { effectOf, settingsPath, uninstall } from '#hooks/install/installation.ts';
import { findHooks } from '#hooks/install/settings-text.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { HooksUninstall } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import type { HooksTarget, SettingsTexts } from '#runner/verbs/hooks-install.ts';

/** Throws 65 where the file is not valid JSON. */
export async function hooksUninstall(
  { files, root, env }: VerbContext,
  { scope, cwd, isDry }: HooksTarget,
): Promise<{ result: HooksUninstall; texts: SettingsTexts }> {
  if (!isDry) await refuseAgents(files, root, env, 'hooks uninstall');
  const change = await uninstall(root, settingsPath(scope, env, cwd), isDry);
  const { path, before, after } = change;
  const left = after === null ? [] : findHooks(after, path).map(hook => hook.root);
  const otherRoots = [...new Set(left)].filter(each => each !== root);
  return {
    result: { path, changed: before !== after, effect: effectOf(change), otherRoots },
    texts: { before, after },
  };
}
