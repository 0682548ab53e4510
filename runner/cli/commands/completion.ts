/** `agent-runner completion <shell>`: prints the completion for a shell, made from the commands there are. Exit codes: 0 · 64. */
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { bashCompletion } from '#runner/cli/completion/bash.ts';
import { fishCompletion } from '#runner/cli/completion/fish.ts';
import { placesOf } from '#runner/cli/completion/words.ts';
import { zshCompletion } from '#runner/cli/completion/zsh.ts';
import type { CommandNode } from '#runner/cli/terminal/command-tree.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function run(shell: string, tree: CommandNode): Promise<number> {
  if (!Object.hasOwn(SHELLS, shell))
    throw usageError(
      `expected bash, zsh or fish, got ${JSON.stringify(shell.slice(0, 60))}`,
      'For example, in ~/.bashrc: source <(agent-runner completion bash)',
    );
  process.stdout.write(SHELLS[shell as keyof typeof SHELLS](placesOf(tree)));
  return exitCode.ok;
}
