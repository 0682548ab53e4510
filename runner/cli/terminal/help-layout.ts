/** The layout of help: on a terminal of 60 columns no word is broken. Pure. */
import { type Command, Help, type HelpConfiguration } from 'commander';
import { wrapTo } from '#runner/text/columns.ts';

/** Columns of a command with its arguments in a list; a longer one is shown without arguments. */
const TERM_COLUMNS = 26;
/** commander does not wrap below this many columns. */
const WRAP_MIN = 15;
const USAGE = 'Usage: ';

export const helpLayout: HelpConfiguration = {
  minWidthToWrap: WRAP_MIN,
  subcommandTerm(command: Command): string {
    const words = command.registeredArguments.map(argument => {
      const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${shown}>` : `[${shown}]`;
    });
    const whole = [command.name(), ...words].join(' ');
    return whole.length <= TERM_COLUMNS || words.length === 0 ? whole : `${command.name()} …`;
  },
  commandUsage(this: Help, command: Command): string {
    const usage = Help.prototype.commandUsage.call(this, command);
    return wrapTo(`${USAGE}${usage}`, this.helpWidth ?? null).slice(USAGE.length);
  },
};
