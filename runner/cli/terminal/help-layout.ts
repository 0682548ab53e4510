/** How help is laid out, so that nothing is broken within a word on a terminal of 60 columns. Pure. */
import { type Command, Help, type HelpConfiguration } from 'commander';
import { wrapTo } from '#runner/text/columns.ts';

/** Columns of a command with its arguments in a list of commands; one that is longer stands there without them. */
const TERM_COLUMNS = 26;
/** Columns below which commander would leave the breaking to the terminal. */
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
