/** What is said of words too many: a text without quotes, or a mistyped command of a group (`service instal`). */
import type { Command } from 'commander';
import { usageError } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { noSuchCommand } from '#runner/cli/terminal/help-of.ts';
import { headLine } from '#runner/text/printing.ts';

/** Throws (64) where a command that allows words too many, so that more can be said of them, got some. */
export function refuseStrayWords(command: Command): void {
  const wanted = command.registeredArguments;
  const [stray] = command.args.slice(wanted.length);
  const group = command.parent;
  if (stray === undefined || !group || wanted.some(({ variadic }) => variadic)) return;
  if (wanted.at(-1)?.name() === 'text') throw unquoted(command, wanted.length - 1);
  const shown = JSON.stringify(stray.slice(0, 60));
  if (group.args[0] === command.name())
    throw usageError(
      `${group.name()} ${command.name()} takes no ${shown}`,
      `See what it takes with: agent-runner ${group.name()} ${command.name()} --help`,
    );
  throw noSuchCommand(
    group.name(),
    stray,
    group.commands.map(child => child.name()),
  );
}

/** A shell hands over each word of a text by itself. */
function unquoted(command: Command, before: number): Error {
  const words = ['agent-runner', command.name(), ...command.args.slice(0, before).map(quoted)];
  return usageError(
    `the text is in ${command.args.length - before} words; one was expected`,
    `Put it in quotes: ${words.join(' ')} ${quoted(headLine(command.args.slice(before).join(' '), TEXT_CHARS))}`,
  );
}

/** Characters of a text that are shown of it. */
const TEXT_CHARS = 200;
