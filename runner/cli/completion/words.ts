/** What may follow the words of a command line. Made from the declarations. Pure. */
import type { Declaration, Lookup, OptionDeclaration } from '#runner/cli/declare.ts';

export interface Following {
  /** Words that may come next, with what they mean. */
  words: { word: string; about: string }[];
  /** What else may: a name that has to be looked up. */
  lookup: Lookup | null;
}

type Completes = Lookup | readonly string[] | undefined;

/** `typed`: the words after agent-runner; the last one is being typed, and may be empty. `all`: agent-runner itself first. */
export function following(all: readonly Declaration[], typed: readonly string[]): Following {
  const [whole] = all as [Declaration];
  const command = commandAt(all, typed.slice(0, -1));
  const options = optionsOf(whole, command);
  const before = typed.at(-2);
  const valued = [...options, ...all.flatMap(each => each.options ?? [])].find(
    option => takesValue(option) && flagsOf(option).includes(before ?? ''),
  );
  if (valued) return completedBy(valued.completes);
  if (typed.at(-1)?.startsWith('-'))
    return {
      words: options.flatMap(option => flagsOf(option).map(word => ({ word, about: option.about }))),
      lookup: null,
    };
  const own = completedBy(command.arguments?.find(({ completes }) => completes !== undefined)?.completes);
  const children = all.filter(({ words }) => parentOf(words) === command.words);
  return {
    words: [...children.map(({ words, about }) => ({ word: lastOf(words), about })), ...own.words],
    lookup: own.lookup,
  };
}

/** The command that these words have named so far. */
function commandAt(all: readonly Declaration[], typed: readonly string[]): Declaration {
  const valued = new Set(all.flatMap(({ options = [] }) => options.filter(takesValue).flatMap(flagsOf)));
  let command = all[0]!;
  for (const [at, word] of typed.entries()) {
    if (word.startsWith('-') || valued.has(typed[at - 1] ?? '')) continue;
    const longer = `${command.words} ${word}`.trim();
    command = all.find(({ words }) => words === longer) ?? command;
  }
  return command;
}

/** Those of agent-runner itself may follow any command, but for --version. */
function optionsOf(whole: Declaration, { options = [], json, words }: Declaration): OptionDeclaration[] {
  const everywhere = (whole.options ?? []).filter(({ flags }) => words !== '' && !flags.includes('--version'));
  const printing = json ? [{ flags: '--json', about: json === true ? 'print JSON' : json }] : [];
  return [...options, ...printing, ...everywhere, { flags: '--help', about: 'help for this command' }];
}

const flagsOf = ({ flags }: OptionDeclaration): string[] =>
  [...flags.matchAll(/(?:^|\s)(--?[\w-]+)/g)].map(([, flag = '']) => flag);

const takesValue = ({ flags }: OptionDeclaration): boolean => /[<[]/.test(flags);

const completedBy = (completes: Completes): Following => ({
  words: typeof completes === 'object' ? completes.map(word => ({ word, about: '' })) : [],
  lookup: typeof completes === 'string' ? completes : null,
});

const lastOf = (words: string): string => words.split(' ').at(-1)!;

/** null: agent-runner itself. */
const parentOf = (words: string): string | null =>
  words === '' ? null : words.slice(0, -lastOf(words).length).trimEnd();
