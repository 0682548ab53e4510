/** The tree of commands as plain data: what a completion, or a test of all commands, must know of it. Pure. */
import type { Command } from 'commander';
import { createProgram } from '#runner/cli/program.ts';
import { loadCommands } from '#runner/cli/registry.ts';

export interface CommandNode {
  /** The words after agent-runner; empty for itself. */
  path: string[];
  description: string;
  options: { flags: string[]; takesValue: boolean; description: string; choices: string[] }[];
  arguments: { name: string; isVariadic: boolean }[];
  children: CommandNode[];
}

export function commandTree(command: Command, path: string[] = []): CommandNode {
  return {
    path,
    description: command.description(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map(({ short, long, required, optional, description, argChoices }) => ({
        flags: [short, long].filter(flag => flag !== undefined && flag !== null),
        takesValue: required || optional,
        description,
        choices: argChoices ?? [],
      })),
    arguments: command.registeredArguments.map(argument => ({ name: argument.name(), isVariadic: argument.variadic })),
    children: command.commands.map(child => commandTree(child, [...path, child.name()])),
  };
}

/** Every command that does something, groups like `dead` included where they do something by themselves. */
export const allCommands = (tree: CommandNode): CommandNode[] => [tree, ...tree.children.flatMap(allCommands)];

/** The whole command line, as `agent-runner --help` knows it. */
export const wholeProgram = async (): Promise<Command> => createProgram(await loadCommands(null));
