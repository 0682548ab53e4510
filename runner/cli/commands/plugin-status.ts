/** `agent-runner plugin status`: whether claude has our plugin, and whether it finds what it needs. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { PluginStatus } from '#runner/results/board.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'plugin status',
  about: 'whether claude has the plugin, and what it needs; exit 1 if not',
  json: true,
  examples: ['agent-runner plugin status', 'agent-runner plugin status --json'],
  exits: {
    1: 'it is not installed, is off, or the command is not on the PATH',
    73: 'claude does not say',
    78: 'no claude',
  },
  isDefault: true,
  allowsExcess: true,
};

export async function run(call: Call): Promise<number> {
  const { pluginStatus } = await import('#runner/verbs/plugin-status.ts');
  const status = await pluginStatus(await call.context(), { cwd: process.cwd() });
  call.show(status, render);
  return status.enabled && status.command !== null ? exitCode.ok : exitCode.no;
}

function render({ version, enabled, path, hooksToo, command: found, mod }: PluginStatus): string {
  const plugin =
    version === null
      ? 'not installed: agent-runner plugin install'
      : `${version}${enabled ? '' : ', switched off: agent-runner plugin install'}, from ${path}`;
  return [
    `plugin   ${printableLine(plugin)}\n`,
    `hooks    ${hooksToo ? 'installed in a settings.json as well; each thing is still told once' : 'in no settings.json'}\n`,
    `command  ${printableLine(found ?? 'agent-runner is not on the PATH: sessions have no tools and cannot send')}\n`,
    `mod      ${mod.sessions === 0 ? 'no session is open' : `lives in ${mod.lives} of ${plural(mod.sessions, 'session')}: agent-runner doctor says what wakes each`}\n`,
  ].join('');
}
