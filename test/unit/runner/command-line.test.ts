import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';
import { allDeclarations } from '#runner/cli/registry.ts';
import { allCommands, type CommandNode, commandTree, wholeProgram } from '#test/support/command-tree.ts';

const program = await wholeProgram();
const declarations = [WHOLE, ...GROUPS, ...(await allDeclarations())];
const examplesOf = (path: readonly string[]): readonly string[] =>
  declarations.find(({ words }) => words === path.join(' '))?.examples ?? [];

const commands = allCommands(commandTree(program));
const nameOf = ({ path }: CommandNode) => path.join(' ') || 'agent-runner itself';

/** The words of an example as a shell would hand them over: quotes, and nothing before `agent-runner` or behind `<` and `|`. */
function wordsOf(example: string): string[] {
  const typed = /(?:^|\s|\()agent-runner( .*?)?(?=\)"?$| [<>|] |$)/.exec(example)?.[1] ?? '';
  return [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(found => found[1] ?? found[2]!);
}

/** Parses with the real tree, whose actions only say which command was meant. */
function parse(words: readonly string[]): string[] {
  let meant: string[] | null = null;
  const watch = (command: Command, path: string[]) => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (path.length > 0 && command.commands.length === 0)
      command.action(() => {
        meant = path;
      });
    for (const child of command.commands) watch(child, [...path, child.name()]);
  };
  watch(program, []);
  program.parse(words, { from: 'user' });
  return meant ?? [];
}

describe('the help of every command', () => {
  test.each(commands.map(command => [nameOf(command), command] as const))(
    '%s has two examples that it takes',
    (_name, command) => {
      const examples = examplesOf(command.path);
      expect(examples.length, 'add two to its declaration').toBeGreaterThanOrEqual(2);
      for (const example of examples) {
        const words = wordsOf(example);
        expect(words.length, example).toBeGreaterThan(0);
        const meant = parse(words);
        if (command.children.length === 0) expect(meant, example).toEqual(command.path);
        else expect(meant.slice(0, command.path.length), example).toEqual(command.path);
      }
    },
  );

  test.each(commands.map(command => [nameOf(command), command] as const))(
    '%s says what it is for',
    (_name, command) => {
      expect(command.description.length).toBeGreaterThan(10);
      for (const { flags, description } of command.options) expect(description, flags.join(' ')).not.toBe('');
    },
  );

  test.each([60, 80, 120])('at %i columns no line of it is longer than the terminal', columns => {
    const tooLong: string[] = [];
    const look = (command: Command) => {
      command.configureOutput({ getOutHelpWidth: () => columns });
      const lines = command.helpInformation().split('\n');
      tooLong.push(...lines.filter(line => line.length > columns).map(line => `${command.name()}: ${line}`));
      command.commands.forEach(look);
    };
    look(program);
    expect(tooLong).toEqual([]);
  });

  test('agent-runner itself lists every command below a heading', () => {
    expect(program.commands.filter(command => !command.helpGroup()).map(command => command.name())).toEqual([]);
    const help = program.helpInformation();
    expect(help).not.toMatch(/^Commands:$/m);
    expect(help.indexOf('To begin:')).toBeLessThan(help.indexOf('Messages:'));
    for (const command of program.commands) expect(help).toMatch(new RegExp(`^  ${command.name()}\\b`, 'm'));
  });

  test('no example is left of a command that is gone', () => {
    expect(() => parse(['no-such-command'])).toThrow(/unknown command/);
  });
});
