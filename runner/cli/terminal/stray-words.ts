/** The error for too many words: a text without quotes, or a mistyped command of a group (`service instal`). */
import type { Command } from 'commander';
import { usageError } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { noSuchCommand } from '#runner/cli/terminal/help-of.ts';
import { headLine } from '#runner/text/printing.ts';

/** Turns commander's excess arguments into a helpful usage error (64). */
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

/** Without quotes the shell passes each word of a text separately. */
function unquoted(command: Command, before: number): Error {
  const words = ['agent-runner', command.name(), ...command.args.slice(0, before).map(quoted)];
  return usageError(
    `the text is in ${command.args.length - before} words; one was expected`,
    `Put it in quotes: ${words.join(' ')} ${quoted(headLine(command.args.slice(before).join(' '), TEXT_CHARS))}`,
  );
}

/** Characters of the text in the hint. */
const TEXT_CHARS = 200;
