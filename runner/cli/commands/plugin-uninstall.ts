/** `agent-runner plugin uninstall`: claude takes our plugin out again. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { whileWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'plugin uninstall',
  about: 'have claude take the plugin out again; only in a terminal of yours',
  json: true,
  examples: ['agent-runner plugin uninstall', 'agent-runner plugin uninstall --json'],
  exits: { 73: 'claude refuses', 75: 'claude does not end', 77: 'no person calls', 78: 'no claude' },
};

export async function run(call: Call): Promise<void> {
  const { pluginUninstall } = await import('#runner/verbs/plugin-uninstall.ts');
  const context = await call.context();
  call.show(await whileWaiting('claude takes the plugin out', call, () => pluginUninstall(context)), ({ changed }) =>
    changed ? 'The plugin is out, and its marketplace.\n' : 'Nothing to do: the plugin is not installed.\n',
  );
}
