/** What can follow where on the command line, made from the tree of commands: the same for every shell. Pure. */
import { allCommands, type CommandNode } from '../terminal/command-tree.ts';

/** What stands for a name that only the shell can look up. */
export type Lookup = 'agent' | 'peer' | 'message' | 'agent+message' | 'peer+message' | 'file' | 'directory';

export interface Place {
  /** The words of the command, `dead show`; '' before any. */
  command: string;
  description: string;
  /** Words that lead to a command below this one. */
  children: { word: string; description: string }[];
  flags: { flag: string; description: string; takesValue: boolean; value: Lookup | null }[];
  /** What its arguments may be: words, or what the shell looks up. */
  words: string[];
  lookup: Lookup | null;
}

const ARGUMENTS: Readonly<Record<string, Lookup>> = {
  name: 'agent',
  peer: 'peer',
  'message-id': 'message',
  'agent-or-message-id': 'agent+message',
  'message-id-or-peer': 'peer+message',
};

/** Names that are chosen, not there yet. */
const NEW_NAMES: readonly string[] = ['add', 'rename'];

const WORDS: Readonly<Record<string, readonly string[]>> = {
  signals: ['on', 'off'],
  completion: ['bash', 'zsh', 'fish'],
};

const VALUES: Readonly<Record<string, Lookup>> = {
  '--agent': 'agent',
  '--from': 'peer',
  '--root': 'directory',
  '--cwd': 'directory',
  '--add-dir': 'directory',
  '--file': 'file',
  '--path': 'file',
  '--ref': 'file',
  '--log': 'file',
};

/** Every place; the options of the whole command line can stand behind any command. */
export function placesOf(tree: CommandNode): Place[] {
  return allCommands(tree).map(node => {
    const command = node.path.join(' ');
    const lookups = node.arguments.map(({ name }) => ARGUMENTS[name] ?? null);
    const options = node.path.length === 0 ? node.options : [...node.options, ...tree.options];
    return {
      command,
      description: node.description,
      children: node.children.map(child => ({ word: child.path.at(-1)!, description: child.description })),
      flags: options
        .filter(({ flags }) => node.path.length === 0 || !flags.includes('--version'))
        .flatMap(({ flags, description, takesValue }) =>
          flags.map(flag => ({ flag, description, takesValue, value: takesValue ? (VALUES[flag] ?? null) : null })),
        )
        .concat({ flag: '--help', description: 'help for this command', takesValue: false, value: null }),
      words: [...(WORDS[command] ?? [])],
      lookup: NEW_NAMES.includes(command) ? null : (lookups.find(lookup => lookup !== null) ?? null),
    };
  });
}
