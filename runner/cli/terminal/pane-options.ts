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
