/**
 * Keeps claude from treating a peer's words in a prompt as its own: `@path` is not expanded, and its tags are not tags.
 * Pure.
 */

const WORD_JOINER = '\u2060';

/** Said about a text that was changed. */
export const JOINED =
  'Behind some @ and < stands a word joiner (U+2060), which cannot be seen and is not part of the text.';

/** A peer's text, safe to put into a prompt of claude's. */
export const neutralize = (text: string): string => neutralizeTags(neutralizeAt(text));

/** Makes a peer's text safe; one that claude is known to hand on as it is written (`client_composed`) keeps its `@`. */
export const neutralizer = (isKept: boolean): ((text: string) => string) => (isKept ? neutralizeTags : neutralize);

/**
 * claude 2.1.332 replaces `@path` in a prompt with the file's content, inside any frame, and treats `@agent-…` as a
 * wish of the user: both only after white space (or one of 、。！) or at the beginning, and only if something follows
 * (test/contract/claude-starting.ts). A word joiner after the `@` prevents it. It is left out where claude was seen to
 * do nothing: after letters, digits and ASCII punctuation (addresses, `"@types/node"`, `(@Injectable`), and before
 * white space (the `@@` of a patch). Whether a file of that name exists does not matter: it may be created later.
 */
export const neutralizeAt = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}!-~])@(?=@*[^\s@])/gu, `@${WORD_JOINER}`);

/**
 * The tags in which claude 2.1.332 gives its model what is not the user's: its own reminders, a command's output,
 * pasted text, other sessions' words. Only their beginnings, because every version adds some of a kind; the name may
 * continue after them.
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

/** Puts a word joiner after the `<` of what looks like one of them, opening or closing. */
export const neutralizeTags = (text: string): string => text.replace(TAG, `<${WORD_JOINER}`);

/** The same in JSON, without a change of what it means: the `<` is written as its number. */
export const escapeTags = (json: string): string => json.replace(TAG, '\\u003c');
