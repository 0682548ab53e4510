/**
 * Makes commander's program from the declarations of commands. commander does the parsing; no command is known here.
 */
import { Argument, Command, Option } from 'commander';
import { canBeWrittenDown } from '#blackboard/system/clock.ts';
import { configurationError, exitCode } from '#blackboard/system/errors.ts';
import { callOf, type GlobalOptions } from '#runner/cli/call.ts';
import {
  type ArgumentDeclaration,
  type CommandModule,
  type Declaration,
  HEADINGS,
  type OptionDeclaration,
} from '#runner/cli/declare.ts';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';
import { showExamples, showExits } from '#runner/cli/terminal/examples.ts';
import { helpLayout } from '#runner/cli/terminal/help-layout.ts';
import { withWholeNames } from '#runner/cli/terminal/whole-names.ts';
import { textHint, unmarked } from '#runner/text/typed-text.ts';

/** A program with these commands. It parses and shows only them. */
export function createProgram(modules: readonly CommandModule[]): Command {
  const program = declared(new Command('agent-runner'), WHOLE)
    .enablePositionalOptions()
    .configureHelp(helpLayout)
    .configureOutput({
      outputError: (text, write) =>
        write(`${text.replace(/^error: /, 'agent-runner: ')}${textHint(text, process.argv.slice(2))}`),
    })
    .exitOverride();
  for (const module of modules) {
    const words = module.command.words.split(' ');
    const parent = words.length > 1 ? groupOf(program, words[0]!) : program;
    const command = declared(
      parent.command(words.at(-1)!, { isDefault: module.command.isDefault === true }),
      module.command,
    );
    command.action(actionOf(module));
  }
  const help = new Command('help').argument('[command]').description('help for a command').helpGroup(`${HEADINGS[0]}:`);
  program.addHelpCommand(help);
  // The help lists commands in the order of commander's own array.
  const standing = (command: Command): number => HEADINGS.findIndex(heading => command.helpGroup() === `${heading}:`);
  (program.commands as Command[]).sort((a, b) => standing(a) - standing(b));
  return program;
}

function groupOf(program: Command, name: string): Command {
  const there = program.commands.find(command => command.name() === name);
  if (there) return there;
  return declared(program.command(name), GROUPS.find(({ words }) => words === name)!);
}

/** Puts into the command what its declaration says. */
function declared(command: Command, declaration: Declaration): Command {
  const { words, about, heading, json, allowsExcess } = declaration;
  command.description(about);
  for (const argument of declaration.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const option of declaration.options ?? []) command.addOption(optionOf(option));
  if (json) command.addOption(new Option('--json', json === true ? 'print JSON' : json));
  if (heading) command.helpGroup(`${heading}:`);
  if (allowsExcess) command.allowExcessArguments();
  showExamples(command, declaration.examples);
  if (declaration.exits) showExits(command, declaration.exits);
  return command.showHelpAfterError(`  See what it takes with: ${`agent-runner ${words}`.trim()} --help`);
}

function argumentOf({ name, about, fallback }: ArgumentDeclaration): Argument {
  const argument = new Argument(name, about);
  return fallback === undefined ? argument : argument.default(fallback);
}

function optionOf({ flags, about, fallback }: OptionDeclaration): Option {
  const option = new Option(flags, about);
  return fallback === undefined ? option : option.default(fallback);
}

function actionOf(module: CommandModule) {
  return async (...parsed: unknown[]): Promise<void> => {
    const command = parsed.at(-1) as Command;
    for (const [name, value] of Object.entries(command.opts())) command.setOptionValue(name, unmarked(value));
    command.args = unmarked(command.args);
    if (command.args.length > command.registeredArguments.length)
      (await import('#runner/cli/terminal/stray-words.ts')).refuseStrayWords(command);
    if (!canBeWrittenDown(Date.now()))
      throw configurationError(
        `this machine's clock is before 1970 or beyond the year 9999 (Unix milliseconds: ${Date.now()})`,
        'Set it: what is written down under such a time could not be read back.',
      );
    const call = callOf(command.optsWithGlobals<GlobalOptions>());
    const rest = await withWholeNames(call, module.command, parsed.slice(0, -1).map(unmarked));
    process.exitCode = (await module.run(call, ...rest)) ?? exitCode.ok;
  };
}
