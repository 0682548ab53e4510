// What a command does is its verb's: the command's own file parses, calls the verb and renders.
import { expect, test } from 'vitest';
import { allDeclarations } from '#runner/cli/registry.ts';
import { type Import, parseSource, productionFiles, type SourceFile } from './source-tree.ts';

/** The ports of files: who knows even their types, uses them. */
const PORTS = /^#blackboard\/system\/([a-z]+-)?files\.ts$/;
/** What else acts on files and processes: the root, records, and the rooms that do things. */
const DOING =
  /^(node:(fs|child_process)|execa$|#blackboard\/(root\.ts|system\/record\.ts|(inbox|board|turns|signals|events)\/)|#hooks\/|#runner\/(agents|claude|wake|turn|retention|service|fleet|doctor|demo)\/)/;

/** Of such rooms, what does nothing. */
const WORDS: Readonly<Record<string, string>> = {
  '#blackboard/text/when.ts': 'what a duration says',
  '#runner/agents/root-overlap.ts': 'the sentence that names a risk',
  '#runner/service/readiness.ts': 'a word to the process that started this one',
};

/** Commands that are no verbs yet: take out what has become one. */
const NOT_YET = ['edit'];

const files = new Map(productionFiles().map(file => [file.path, file]));
const fileOf = (command: string): string => `runner/cli/commands/${command.replace(' ', '-')}.ts`;

const isDoing = ({ specifier, isType }: Import): boolean =>
  PORTS.test(specifier) || (!isType && DOING.test(specifier) && !(specifier in WORDS));
const doingOf = ({ imports }: SourceFile): string[] => imports.filter(isDoing).map(({ specifier }) => specifier);

test('every command has a file of its own, which leaves the doing to a verb', async () => {
  const commands = [...(await allDeclarations()).map(({ words }) => words), 'version', 'overview'];
  expect(commands.filter(each => !files.has(fileOf(each)))).toEqual([]);
  const found = commands
    .filter(each => !NOT_YET.includes(each))
    .flatMap(each => doingOf(files.get(fileOf(each))!).map(specifier => `${fileOf(each)} imports ${specifier}`));
  expect(found).toEqual([]);
  expect(NOT_YET.filter(each => !commands.includes(each))).toEqual([]);
});

test('a command that opens the root, or knows the port of files, is found', () => {
  const text = `import { requireRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { table } from '#runner/text/terminal.ts';
`;
  const found = doingOf(parseSource('runner/cli/commands/x.ts', text));
  expect(found).toEqual(['#blackboard/root.ts', '#blackboard/system/files.ts']);
});
