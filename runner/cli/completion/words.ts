/** What can follow where on the command line, made from the tree of commands: the same for every shell. Pure. */
import { allCommands, type CommandNode } from '#runner/cli/terminal/command-tree.ts';

/** What stands for a name that only the shell can look up. */
export type Lookup =
  | 'agent'
  | 'peer'
  | 'message'
  | 'agent+message'
  | 'peer+message'
  | 'template'
  | 'file'
  | 'directory';

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

const ARGUMENTS: Readonly<Record<string, Lookup>> = {
  name: 'agent',
  peer: 'peer',
  'message-id': 'message',
  'agent-or-message-id': 'agent+message',
  'message-id-or-peer': 'peer+message',
  template: 'template',
};

/** Names that are chosen, not there yet. */
const NEW_NAMES: readonly string[] = ['add', 'rename'];

const WORDS: Readonly<Record<string, readonly string[]>> = {
  signals: ['on', 'off'],
  completion: ['bash', 'zsh', 'fish'],
};

const VALUES: Readonly<Record<string, Lookup>> = {
  '--agent': 'agent',
  '--template': 'template',
  '--from': 'peer',
  '--root': 'directory',
  '--cwd': 'directory',
  '--add-dir': 'directory',
  '--file': 'file',
  '--path': 'file',
  '--ref': 'file',
  '--log': 'file',
};

const KINDS = ['request', 'question', 'status', 'done', 'note'];

/** Values that a flag takes, by command where they differ. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'send --kind': KINDS,
  'at --kind': KINDS,
  'post --kind': ['note', 'task', 'question', 'status', 'alert', 'artifact'],
  '--priority': ['high', 'normal', 'low'],
  '--by': ['agent', 'day'],
  '--type': ['wake', 'file_changed'],
  '--effort': ['low', 'medium', 'high', 'xhigh', 'max'],
  '--permission-mode': ['manual', 'plan', 'acceptEdits', 'dontAsk', 'auto', 'bypassPermissions'],
  '--for': ['systemd', 'launchd'],
};

const choicesOf = (command: string, flag: string): readonly string[] =>
  CHOICES[`${command} ${flag}`] ?? CHOICES[flag] ?? [];

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
          flags.map(flag => ({
            flag,
            description,
            takesValue,
            value: takesValue ? (VALUES[flag] ?? null) : null,
            choices: takesValue ? choicesOf(command, flag) : [],
          })),
        )
        .concat({ flag: '--help', description: 'help for this command', takesValue: false, value: null, choices: [] }),
      words: [...(WORDS[command] ?? [])],
      lookup: NEW_NAMES.includes(command) ? null : (lookups.find(lookup => lookup !== null) ?? null),
    };
  });
}

/** Every flag with a few values to choose from, as the shells' pattern for command and flag, with the values. */
export const choicesAt = (places: readonly Place[]): [string, readonly string[]][] =>
  places.flatMap(({ command, flags }) =>
    flags.flatMap(({ flag, choices }): [string, readonly string[]][] =>
      choices.length > 0 ? [[`'${command} ${flag}'`, choices]] : [],
    ),
  );
