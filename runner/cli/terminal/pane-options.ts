/** Options of commands that look at panes or write into them. Loads nothing: `send` and `list` have them. */
import type { OptionDeclaration } from '#runner/cli/declare.ts';

/** Of every command that may look at panes. */
export const SOCKET_OPTION: OptionDeclaration = {
  flags: '--socket <path>',
  about: 'of the tmux server (default: $AGENT_RUNNER_TMUX, else the one you are in, else your own)',
  completes: 'file',
};

/** Of every command that writes into a pane. */
export const FORCE_OPTION: OptionDeclaration = {
  flags: '--force',
  about: 'into a pane, although its gate is closed where docs/panes.md says "force"; never over a draft or a dialog',
};

/** Of those that type a text there. */
export const STASH_OPTION: OptionDeclaration = {
  flags: '--stash',
  about: 'a draft in its box is put aside (Ctrl+S of claude) and seen to come back; only one that is seen whole',
};

/** Of the commands that open a session. */
export const OPEN_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--prompt <text>', about: 'its first prompt, as send --via tmux types it' },
  { flags: '--trust', about: 'answer claude’s question whether the directory is trusted: yes' },
  { flags: '--timeout <seconds>', about: 'give up after that; the session stays open', fallback: '60' },
];

export const OPEN_EXITS: Readonly<Record<number, string>> = {
  1: 'claude has ended at once',
  64: 'the name is none, or is in use',
  66: 'no such directory or session',
  69: 'no tmux',
  75: 'it does not stand in time, or nothing proves that it got its prompt',
  77: 'an agent or a session calls',
  78: 'no claude',
};
