/** `agent-runner plugin install`: claude installs our plugin, for all sessions of its user. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { PluginInstall } from '#runner/results/board.ts';
import { whileWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'plugin install',
  about: 'have claude install the plugin, or bring it up to date; only in a terminal of yours',
  json: true,
  examples: ['agent-runner plugin install', 'agent-runner plugin install --json'],
  exits: {
    73: 'claude refuses, or the plugin was not built',
    75: 'claude does not end',
    77: 'no person calls',
    78: 'no claude',
  },
};

export async function run(call: Call): Promise<void> {
  const { pluginInstall } = await import('#runner/verbs/plugin-install.ts');
  const context = await call.context();
  call.show(await whileWaiting('claude installs the plugin', call, () => pluginInstall(context)), render);
}

const render = ({ path, version, changed }: PluginInstall): string =>
  changed
    ? `The plugin ${version ?? ''} is installed, from ${path}\nClaude sessions that start from now on have it: names, inboxes, the board, tools, and /agent-runner.\n`
    : `Nothing to do: the plugin ${version ?? ''} is installed, from ${path}\n`;
