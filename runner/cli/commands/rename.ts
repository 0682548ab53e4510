/** `agent-runner rename`: gives a session another name; its own, when it is called from one. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'rename',
  heading: 'The board, and your own sessions',
  about: 'give a session another name (default: the one this is called from)',
  arguments: [{ name: '<session-or-new-name>' }, { name: '[new-name]' }],
  json: true,
  examples: ['agent-runner rename app-main', 'agent-runner rename app-main app-review'],
  exits: { 64: 'no name, taken, an agent, or no session to rename', 66: 'no such session' },
};

export async function run(global: GlobalOptions, first: string, second: string | undefined): Promise<number> {
  const { rename } = await import('#runner/verbs/rename.ts');
  const renamed = await rename(
    await verbContext(global.root, process.env),
    second === undefined ? { session: null, name: first } : { session: first, name: second },
  );
  if (global.json) printJson(renamed);
  else process.stdout.write(`${renamed.was} is now ${renamed.name}\n`);
  return exitCode.ok;
}
