/** `agent-runner rename`: gives a session another name. Without a session: the one that calls. */
import type { Call, Declaration } from '#runner/cli/declare.ts';

export const command: Declaration = {
  words: 'rename',
  heading: 'The board, and your own sessions',
  about: 'give a session another name (default: the one this is called from)',
  arguments: [{ name: '<session-or-new-name>' }, { name: '[new-name]' }],
  json: true,
  examples: ['agent-runner rename app-main', 'agent-runner rename app-main app-review'],
  exits: { 64: 'no name, taken, an agent, or no session to rename', 66: 'no such session' },
};

export async function run(call: Call, first: string, second: string | undefined): Promise<void> {
  const { rename } = await import('#runner/verbs/rename.ts');
  const renamed = await rename(
    await call.context(),
    second === undefined ? { session: null, name: first } : { session: first, name: second },
  );
  call.show(renamed, () => `${renamed.was} is now ${renamed.name}\n`);
}
