/** `agent-runner hooks status`: says where our hooks are installed. It asks claude whether it would run them. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { HooksStatus } from '#runner/results/board.ts';

export const command: Declaration = {
  words: 'hooks status',
  about: 'where the hooks are installed, and whether they would run; exit 1 if not',
  json: true,
  examples: ['agent-runner hooks status', 'agent-runner hooks status --json'],
  exits: { 1: 'no installation is whole' },
  isDefault: true,
  allowsExcess: true,
};

export async function run(call: Call): Promise<number> {
  const { hooksStatus } = await import('#runner/verbs/hooks-status.ts');
  const status = await hooksStatus(await call.context(), { cwd: process.cwd() });
  call.show(status, render);
  return status.installs.some(({ state }) => state === 'installed') ? exitCode.ok : exitCode.no;
}

function render({ installs, notAsked, log, logPath }: HooksStatus): string {
  const lines = installs.map(
    ({ scope, path, state, problems }) =>
      `${scope.padEnd(8)} ${state.padEnd(10)} ${printableLine(path)}\n${problems.map(each => `  ${printableLine(each)}\n`).join('')}`,
  );
  if (notAsked !== null) lines.push(`\nThis is our own reading of the files; claude could not be asked: ${notAsked}\n`);
  if (log.length > 0) lines.push(`\nLast trouble (${logPath}):\n  ${log.map(printableLine).join('\n  ')}\n`);
  if (installs.every(({ state }) => state === 'absent')) lines.push('\nInstall them: agent-runner hooks install\n');
  return lines.join('');
}
