/** `agent-runner completion <shell>`: prints the completion for a shell, made from the commands there are. Exit codes: 0 · 64. */
import { exitCode, usageError } from '../../blackboard/errors.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { placesOf } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { CommandNode } from '../terminal/command-tree.ts';

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
