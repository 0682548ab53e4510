/** `agent-runner remove <name>`: takes an agent out of the root. All its files are kept in removed/. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Remove } from '#runner/results/setup.ts';
import { plural } from '#runner/text/terminal.ts';
import { whileWaiting } from '#runner/text/waiting.ts';
import type { RemovalStep } from '#runner/turn/removing.ts';

export const command: Declaration = {
  words: 'remove',
  heading: 'Agents at work',
  about: 'take an agent out of the root; everything of it is kept in removed/',
  arguments: [{ name: '<name>', completes: 'agent', isWhole: true }],
  options: [{ flags: '--force', about: 'although messages wait: they go to dead, and their senders are told' }],
  json: true,
  examples: ['agent-runner remove reviewer', 'agent-runner remove reviewer --force'],
  exits: { 66: 'no such agent', 75: 'the runner does not let go', 77: 'messages wait, and no --force' },
};

export async function run(call: Call, name: string, options: { force?: boolean }): Promise<number> {
  const { remove } = await import('#runner/verbs/remove.ts');
  const context = await call.context();
  const removed = await whileWaiting(`removing ${name}`, call, waiting => {
    const progress = (step: RemovalStep) =>
      waiting.above(() => process.stderr.write(`agent-runner: ${name}: ${stepText(step)}\n`));
    return remove(context, { name, force: options.force === true, progress });
  });
  call.show(removed, render);
  return exitCode.ok;
}

function stepText(step: RemovalStep): string {
  switch (step.step) {
    case 'turn-ended':
      return `ended turn ${step.turn}`;
    case 'waiting':
      return `waiting until the runner (pid ${step.pid}) lets go`;
    case 'said':
      return step.line;
  }
}

function render({ name, kept, buried, worktrees }: Remove): string {
  const dead = buried > 0 ? `; ${plural(buried, 'message')} went to dead, and the senders were told` : '';
  const trees = worktrees.map(({ path, branch, kept: why }) => {
    const what = `its worktree ${printableLine(path)} (branch ${printableLine(branch)})`;
    return why === null ? `Removed ${what} as well\n` : `Kept ${what}: ${printableLine(why)}\n`;
  });
  return `Removed ${name}${dead}\n${trees.join('')}Everything of it is kept in ${kept} (when you need it no more: rm -r ${quoted(kept)})\n`;
}
