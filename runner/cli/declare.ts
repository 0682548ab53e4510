/**
 * What a command says of itself, in its own file, as plain data: help, completion, docs/commands.md and the man page are all made
 * from it. Loads nothing.
 */
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';

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

export interface CommandModule {
  command: Declaration;
  /** Exit code. Takes what was parsed: arguments in their order, then the options. */
  // biome-ignore lint/suspicious/noExplicitAny: each command knows its own arguments.
  run(global: GlobalOptions, ...parsed: any[]): Promise<number>;
}
