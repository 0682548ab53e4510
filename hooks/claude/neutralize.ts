/** Keeps claude from taking a peer's words in a prompt for its own: `@path` is not expanded, its tags are no tags. Pure. */

const WORD_JOINER = '\u2060';

/** Said of a text that is not quite what came. */
export const JOINED =
  'Behind some @ and < stands a word joiner (U+2060), which cannot be seen and is not part of the text.';

/** A peer's text as it may stand in a prompt of claude's. */
export const neutralize = (text: string): string => neutralizeTags(neutralizeAt(text));

/**
 * claude 2.1.332 expands `@path` in a prompt to the file's content, inside any frame, and takes `@agent-…` for a wish of the user's:
 * both only behind white space (or one of 、。！), at the beginning, and where something follows (test/contract/claude-starting.ts).
 * A word joiner behind the `@` stops it. It is left out where claude was seen to do nothing: behind letters, digits and ASCII
 * punctuation (addresses, `"@types/node"`, `(@Injectable`), and where white space follows (the `@@` of a patch). Whether a file of
 * that name is there does not matter: it may come.
 */
export const neutralizeAt = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}!-~])@(?=@*[^\s@])/gu, `@${WORD_JOINER}`);

/**
 * The tags in which claude 2.1.332 hands its model what is not the user's: its own reminders, what a command printed, what was
 * pasted, other sessions' words. Their beginnings, because every version brings some of a kind; a name goes on behind them.
 */
const OWN_TAGS = [
  'system',
  'local-command',
  'command',
  'bash',
  'task',
  'persisted',
  'truncated',
  'interrupted',
  'previous',
  'pasted',
  'ide',
  'user-prompt',
  'user-memory',
  'mcp-server',
  'cc',
  'fork',
  'skill',
  'agent',
  'teammate',
  'cross-session',
  'repl',
  'memory',
  'artifact-room',
  'sandbox',
  'tool',
  'function',
  'antml',
];

const TAG = new RegExp(`<(?=\\s*/?\\s*(?:(?:${OWN_TAGS.join('|')})[-_:]\\p{L}|new-diagnostics|channel[\\s>]))`, 'giu');

/** A word joiner behind the `<` of what looks like one of them, opening or closing. */
export const neutralizeTags = (text: string): string => text.replace(TAG, `<${WORD_JOINER}`);
