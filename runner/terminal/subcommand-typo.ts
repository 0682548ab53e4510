/** What is said of a word behind a group of commands (`service instal`) that is none of them, and that the group's own command cannot take. */
import type { Command } from 'commander';
import { usageError } from '../../blackboard/errors.ts';
import { nearestName } from '../../blackboard/peer-name.ts';

/** Throws (64) where a group's default command got words that it does not take: somebody meant another one. */
export function refuseStrayWords(command: Command): void {
  const [stray] = command.args.slice(command.registeredArguments.length);
  const group = command.parent;
  if (stray === undefined || !group || command.registeredArguments.some(({ variadic }) => variadic)) return;
  const shown = JSON.stringify(stray.slice(0, 60));
  if (group.args[0] === command.name())
    throw usageError(
      `${group.name()} ${command.name()} takes no ${shown}`,
      `See what it takes with: agent-runner ${group.name()} ${command.name()} --help`,
    );
  throw noSubcommand(
    group.name(),
    stray,
    group.commands.map(child => child.name()),
  );
}

/** The error for a group's word that is none of its commands: it names the nearest one, or all. */
export function noSubcommand(group: string, typed: string, known: readonly string[]): Error {
  const nearest = nearestName(typed, known);
  return usageError(
    `there is no command ${JSON.stringify(`${group} ${typed.slice(0, 60)}`)}`,
    nearest ? `Did you mean: agent-runner ${group} ${nearest}` : `There are: ${known.join(', ')}.`,
  );
}
