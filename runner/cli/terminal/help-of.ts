/** Finds the command whose help is asked for by the word `help`, and the command that a typing error meant. Pure. */
import type { Command } from 'commander';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { usageError } from '#blackboard/system/errors.ts';

/** The command that `help dead show` or `dead help show` asks about; null: no word asks for help. Throws 64 for an unknown command. */
export function helpWanted(program: Command, words: readonly string[]): Command | null {
  const at = words.indexOf('help');
  if (at < 0) return null;
  let command = program;
  for (const word of words.slice(0, at)) {
    const child = command.commands.find(each => each.name() === word);
    if (!child || child.commands.length === 0) return null;
    command = child;
  }
  for (const word of words.slice(at + 1)) {
    if (word.startsWith('-') || word === 'help' || command.commands.length === 0) break;
    const child = command.commands.find(each => each.name() === word);
    if (!child) {
      const known = command.commands.map(each => each.name());
      throw noSuchCommand(command === program ? '' : command.name(), word, known, 'help ');
    }
    command = child;
  }
  return command;
}

/** `group`: '' for a command of the first level. `before`: words before the suggested command. */
export function noSuchCommand(group: string, typed: string, known: readonly string[], before = ''): Error {
  const nearest = nearestName(typed, known);
  const words = (last: string) => `${group} ${last}`.trim();
  const all = group === '' ? 'See all with: agent-runner --help' : `There are: ${known.join(', ')}.`;
  return usageError(
    `there is no command ${JSON.stringify(words(typed.slice(0, 60)))}`,
    nearest ? `Did you mean: agent-runner ${before}${words(nearest)}` : all,
  );
}
