/**
 * What a command says of itself, in its own file, as plain data: help, completion, docs/commands.md and the man page are all made
 * from it. Loads nothing.
 */
import type { VerbContext } from '#runner/verbs/context.ts';

/** A name that only the shell can look up, when a word is completed. */
export type Lookup =
  | 'agent'
  | 'peer'
  | 'message'
  | 'agent+message'
  | 'peer+message'
  | 'template'
  | 'file'
  | 'directory';

/** The headings below which `agent-runner --help` lists commands, in the order in which somebody comes to need them. */
export const HEADINGS = [
  'To begin',
  'Agents at work',
  'What they do',
  'Messages',
  'Your inbox',
  'Signals',
  'The board, and your own sessions',
] as const;

export type Heading = (typeof HEADINGS)[number];

export interface ArgumentDeclaration {
  /** As it is shown: `<peer>` must be there, `[text]` may, `<name...>` may be several. */
  name: string;
  about?: string;
  fallback?: string;
  /** What it is completed with. */
  completes?: Lookup | readonly string[];
}

export interface OptionDeclaration {
  /** `--file <path...>`, `-n, --lines <count>`, `--no-wake`. */
  flags: string;
  about: string;
  fallback?: string;
  /** What its value is completed with. */
  completes?: Lookup | readonly string[];
}

/** One command, or a group of commands (`dead`). */
export interface Declaration {
  /** `send`, `dead list`; '' is agent-runner itself. */
  words: string;
  /** Of a command of the first level. */
  heading?: Heading;
  about: string;
  arguments?: readonly ArgumentDeclaration[];
  options?: readonly OptionDeclaration[];
  /** It takes --json; a text: what is said of that. */
  json?: true | string;
  /** Lines to be typed as they stand; two at least. */
  examples: readonly string[];
  /** What exit codes mean for this command, beside what they mean for every one (docs/exit-codes.md). */
  exits?: Readonly<Record<number, string>>;
  /** It is meant where its group alone is called. */
  isDefault?: true;
  /** Words too many are not commander's affair: the command says more of them. */
  allowsExcess?: true;
}

/** One call of a command, without what is its own: its surroundings, and how it shows what its verb returned. */
export interface Call {
  /** --root, as it was typed. */
  root: string | undefined;
  /** --json. */
  json: boolean;
  env: NodeJS.ProcessEnv;
  /** Throws 66 if there is no root yet, 77 if it is not to be trusted. */
  context(): Promise<VerbContext>;
  /** For verbs that look at the root themselves, or do without one. */
  unchecked(): VerbContext;
  /** To stdout: the result with --json, else what is said of it. */
  show<Result>(result: Result, said: (result: Result) => string): void;
  /** To stderr, beginning with our name. */
  warn(sentence: string): void;
}

export interface CommandModule {
  command: Declaration;
  /** Its exit code, unless that is 0. Takes what was parsed: arguments in their order, then the options. */
  // biome-ignore lint/suspicious/noExplicitAny: each command knows its own arguments.
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing.
  run(call: Call, ...parsed: any[]): Promise<number | void>;
}
