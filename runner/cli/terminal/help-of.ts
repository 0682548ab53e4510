/** What `help` with words behind it means: the help of a command, or the one that was meant by a mistyped word. Pure. */
import type { Command } from 'commander';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { usageError } from '#blackboard/system/errors.ts';

/** The command whose help is asked for by `help dead show` or `dead help show`; null: no help is asked for by a word. Throws (64) for a word that is none. */
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
    if (!child) throw noSuchCommand(program, command, word);
    command = child;
  }
  return command;
}

function noSuchCommand(program: Command, group: Command, typed: string): Error {
  const before = group === program ? '' : `${group.name()} `;
  const known = group.commands.map(child => child.name());
  const nearest = nearestName(typed, known);
  return usageError(
    `there is no command ${JSON.stringify(`${before}${typed.slice(0, 60)}`)}`,
    nearest
      ? `Did you mean: agent-runner help ${before}${nearest}`
      : `See all with: agent-runner ${before ? `help ${before.trim()}` : '--help'}`,
  );
}
