/** `agent-runner completion <shell>`: prints the completion for a shell. It is made from the declarations. */
import { usageError } from '#blackboard/system/errors.ts';
import { bashCompletion } from '#runner/cli/completion/bash.ts';
import { fishCompletion } from '#runner/cli/completion/fish.ts';
import { placesOf } from '#runner/cli/completion/words.ts';
import { zshCompletion } from '#runner/cli/completion/zsh.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';

export const command: Declaration = {
  words: 'completion',
  heading: 'To begin',
  about: 'print what makes your shell complete commands, options and names',
  arguments: [{ name: '<shell>', about: 'bash, zsh or fish', completes: ['bash', 'zsh', 'fish'] }],
  examples: ['source <(agent-runner completion bash)', 'agent-runner completion fish | source'],
};

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function run(shell: string, commands: readonly Declaration[]): Promise<void> {
  if (!Object.hasOwn(SHELLS, shell))
    throw usageError(
      `expected bash, zsh or fish, got ${JSON.stringify(shell.slice(0, 60))}`,
      'For example, in ~/.bashrc: source <(agent-runner completion bash)',
    );
  process.stdout.write(SHELLS[shell as keyof typeof SHELLS](placesOf(WHOLE, GROUPS, commands)));
}
