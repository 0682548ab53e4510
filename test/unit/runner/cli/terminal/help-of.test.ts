import { expect, test } from 'vitest';
import { helpWanted } from '#runner/cli/terminal/help-of.ts';
import { wholeProgram } from '#test/support/command-tree.ts';

const program = await wholeProgram();

test.each([
  ['help sned', 'there is no command "sned"', 'Did you mean: agent-runner help send'],
  ['help dead shwo', 'there is no command "dead shwo"', 'Did you mean: agent-runner help dead show'],
  ['dead help shwo', 'there is no command "dead shwo"', 'Did you mean: agent-runner help dead show'],
  ['help xyzzy', 'there is no command "xyzzy"', 'See all with: agent-runner --help'],
])('%s: %s', (line, message, hint) => {
  expect(() => helpWanted(program, line.split(' '))).toThrow(expect.objectContaining({ message, hint, exit: 64 }));
});

test.each([
  ['help', 'agent-runner'],
  ['help send', 'send'],
  ['help send --json', 'send'],
  ['help dead', 'dead'],
  ['help dead show', 'show'],
  ['dead help show', 'show'],
  ['help help', 'agent-runner'],
])('%s is the help of %s', (line, name) => {
  expect(helpWanted(program, line.split(' '))?.name()).toBe(name);
});

test.each(['', 'send', 'send worker help', 'ask help', 'post help', 'dead show help'])(
  'in "%s" no help is asked for',
  line => {
    expect(helpWanted(program, line.split(' ').filter(Boolean))).toBe(null);
  },
);
