/** The headings below which `agent-runner --help` lists commands, in the order in which somebody comes to need them. */
import { Command } from 'commander';

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'To begin:': ['demo', 'init', 'add', 'templates', 'doctor', 'completion', 'help'],
  'Agents at work:': ['start', 'stop', 'pause', 'resume', 'edit', 'remove', 'service'],
  'What they do:': ['list', 'status', 'tail', 'peek', 'logs', 'costs'],
  'Messages:': ['send', 'ask', 'at', 'trace', 'cancel', 'dead'],
  'Your inbox:': ['inbox', 'read', 'reply', 'ack'],
  'Signals:': ['notify', 'signals'],
  'The board, and your own sessions:': ['post', 'board', 'hooks', 'rename'],
};

/** Where a command stands among all, heading by heading; the last for one that has no heading. */
const placeOf = (command: Command): number => {
  const at = Object.values(GROUPS).flat().indexOf(command.name());
  return at < 0 ? Number.POSITIVE_INFINITY : at;
};

/** Puts the commands of `program` below their headings. A test holds them against the commands that there are. */
export function groupCommands(program: Command): void {
  const help = new Command('help').argument('[command]').description('help for a command');
  program.addHelpCommand(help);
  for (const command of [...program.commands, help])
    for (const [heading, members] of Object.entries(GROUPS))
      if (members.includes(command.name())) command.helpGroup(heading);
  // commander lists them in the order of this array, which is its own to change.
  (program.commands as Command[]).sort((a, b) => placeOf(a) - placeOf(b));
}
