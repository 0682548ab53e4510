/** `agent-runner hooks plugin`: prints the directory of the plugin. stderr says how to install it. */
import type { Call, Declaration } from '#runner/cli/declare.ts';

export const command: Declaration = {
  words: 'hooks plugin',
  about: 'print the directory of the plugin: another way to install the hooks',
  json: true,
  examples: ['agent-runner hooks plugin', 'claude --plugin-dir "$(agent-runner hooks plugin)"'],
  exits: { 73: 'it was not built' },
};

export async function run(call: Call): Promise<void> {
  const { hooksPlugin } = await import('#runner/verbs/hooks-plugin.ts');
  const plugin = await hooksPlugin();
  call.show(plugin, () => `${plugin.path}\n`);
  if (process.stderr.isTTY) process.stderr.write('Install it: agent-runner plugin install\n');
}
