/** `agent-runner completion <shell>`: prints the completion for a shell, which then asks it for the words that may follow. */
import { usageError } from '#blackboard/system/errors.ts';
import { callOf } from '#runner/cli/call.ts';
import { SCRIPTS } from '#runner/cli/completion/scripts.ts';
import { following } from '#runner/cli/completion/words.ts';
import type { Call, CommandModule, Declaration } from '#runner/cli/declare.ts';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';
import { commandOf } from '#runner/text/typed-text.ts';

export const command: Declaration = {
  words: 'completion',
  heading: 'To begin',
  about: 'print what makes your shell complete commands, options and names',
  arguments: [
    { name: '<shell>', about: 'bash, zsh or fish', completes: ['bash', 'zsh', 'fish'] },
    { name: '[word...]', about: 'a command line, for what may stand in place of its last word' },
  ],
  examples: ['source <(agent-runner completion bash)', 'agent-runner completion fish | source'],
};

type LoadCommands = (firstWord: string | null) => Promise<CommandModule[]>;

export async function run(call: Call, shell: string, words: readonly string[], load: LoadCommands): Promise<void> {
  if (!Object.hasOwn(SCRIPTS, shell))
    throw usageError(
      `expected bash, zsh or fish, got ${JSON.stringify(shell.slice(0, 60))}`,
      'For example, in ~/.bashrc: source <(agent-runner completion bash)',
    );
  const lines = words.length > 0 ? await wordsAfter(call, words, load) : null;
  process.stdout.write(lines?.map(line => `${line}\n`).join('') ?? SCRIPTS[shell as keyof typeof SCRIPTS]);
}

async function wordsAfter(call: Call, typed: readonly string[], load: LoadCommands): Promise<string[]> {
  const modules = await load(commandOf(typed.slice(0, -1)) ?? null);
  const { words, lookup } = following([WHOLE, ...GROUPS, ...modules.map(each => each.command)], typed);
  const shown = words.map(({ word, about }) => (about === '' ? word : `${word}\t${about}`));
  if (lookup === null) return shown;
  if (lookup === 'file' || lookup === 'directory') return [...shown, `:${lookup}`];
  const { names } = await import('#runner/verbs/names.ts');
  // A shell hands on what was typed as it stands.
  const root = typed[typed.lastIndexOf('--root') + 1]?.replace(/^~(?=\/)/, call.env.HOME ?? '~');
  const named = typed.includes('--root') && root ? callOf({ root }, call.env) : call;
  return [...shown, ...(await names(named.unchecked(), { of: lookup }))];
}
