/**
 * What a command says about itself, as plain data in its own file. Help, completion, docs/commands.md and the man page are
 * made from it. Loads nothing.
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

/** The headings of `agent-runner --help`, in the order in which people need them. */
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
  /** `<peer>` is required, `[text]` is optional, `<name...>` may be several. */
  name: string;
  about?: string;
  fallback?: string;
  /** What it is completed with. */
  completes?: Lookup | readonly string[];
  /** A peer's whole name: its beginning is not enough, because what is done cannot be undone. */
  isWhole?: true;
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
  /** It takes --json. A text describes the option. */
  json?: true | string;
  /** At least two lines, ready to be typed. */
  examples: readonly string[];
  /** Exit codes of this command, in addition to docs/exit-codes.md. */
  exits?: Readonly<Record<number, string>>;
  /** The command of a group that is called alone. */
  isDefault?: true;
  /** commander accepts too many words; refuseStrayWords explains them. */
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
