/** What may follow where on the command line, for every shell. Made from the declarations. Pure. */
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import type { Declaration, Lookup, OptionDeclaration } from '#runner/cli/declare.ts';

export interface Place {
  /** The words of the command, `dead show`; '' before any. */
  command: string;
  description: string;
  /** Words that lead to a command below this one. */
  children: { word: string; description: string }[];
  flags: { flag: string; description: string; takesValue: boolean; value: Lookup | null; choices: readonly string[] }[];
  /** What its arguments may be: words, or what the shell looks up. */
  words: string[];
  lookup: Lookup | null;
}

/** All places. Global options may follow any command. */
export function placesOf(
  whole: Declaration,
  groups: readonly Declaration[],
  commands: readonly Declaration[],
): Place[] {
  const all = [whole, ...groups, ...commands];
  return all.map(declaration => {
    const { words, about } = declaration;
    const everywhere = words === '' ? [] : (whole.options ?? []).filter(({ flags }) => !flags.includes('--version'));
    const completes = (declaration.arguments ?? [])
      .map(argument => argument.completes)
      .find(each => each !== undefined);
    return {
      command: words,
      description: about,
      children: all
        .filter(each => isChild(words, each.words))
        .map(each => ({ word: lastOf(each.words), description: each.about })),
      flags: [...(declaration.options ?? []), ...jsonOf(declaration), ...everywhere, HELP].flatMap(flagsOf),
      words: typeof completes === 'object' ? [...completes] : [],
      lookup: typeof completes === 'string' ? completes : null,
    };
  });
}

const HELP: OptionDeclaration = { flags: '--help', about: 'help for this command' };

const jsonOf = ({ json }: Declaration): OptionDeclaration[] =>
  json ? [{ flags: '--json', about: json === true ? 'print JSON' : json }] : [];

const lastOf = (words: string): string => words.split(' ').at(-1)!;

const isChild = (parent: string, words: string): boolean =>
  words !== '' && words.slice(0, -lastOf(words).length).trimEnd() === parent;

function flagsOf({ flags, about, completes }: OptionDeclaration): Place['flags'] {
  const takesValue = /[<[]/.test(flags);
  return [...flags.matchAll(/(?:^|\s)(--?[\w-]+)/g)].map(([, flag = '']) => ({
    flag,
    description: about,
    takesValue,
    value: takesValue && typeof completes === 'string' ? completes : null,
    choices: takesValue && typeof completes === 'object' ? completes : [],
  }));
}

/** Flags whose value is looked up in this way. null: flags with an unknown value; undefined: all flags with a value. */
export function valueFlags(places: readonly Place[], wanted?: Lookup | null): string[] {
  const flags = places.flatMap(place => place.flags).filter(({ takesValue }) => takesValue);
  return [...new Set(flags.filter(({ value }) => wanted === undefined || value === wanted).map(({ flag }) => flag))];
}

/** The commands, each in quotes. */
export const quotedCommands = (places: readonly Place[]): string[] =>
  places.flatMap(({ command }) => (command === '' ? [] : [`'${command}'`]));

/** Templates that are always there. */
export const SHIPPED = 'worker reviewer tester planner watcher';

/** Patterns below the root: of those that take turns, of all others, and of all inboxes. */
export const PATHS = {
  workers: PEER_KINDS.filter(({ takesTurns }) => takesTurns).map(({ paths }) => paths.names),
  others: PEER_KINDS.filter(({ takesTurns }) => !takesTurns).map(({ paths }) => paths.names),
  inboxes: PEER_KINDS.map(({ paths }) => `${paths.inboxes}/{new,later,cur,dead}/*`),
};

/** Flags with a choice of values: the shells' pattern for command and flag, and the values. */
export const choicesAt = (places: readonly Place[]): [string, readonly string[]][] =>
  places.flatMap(({ command, flags }) =>
    flags.flatMap(({ flag, choices }): [string, readonly string[]][] =>
      choices.length > 0 ? [[`'${command} ${flag}'`, choices]] : [],
    ),
  );
