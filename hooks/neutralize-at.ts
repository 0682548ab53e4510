/** Keeps claude from expanding `@path` in a text of a peer's that stands in a prompt. Pure. */

const WORD_JOINER = '\u2060';

/** Said of a text that is not quite what came. */
export const JOINED = 'Behind some @ stands a word joiner (U+2060), which cannot be seen and is not part of the text.';

/**
 * claude 2.1.332 expands `@path` in a prompt to the file's content, inside any frame, and takes `@agent-…` for a wish of the user's:
 * both only behind white space (or one of 、。！), at the beginning, and where something follows (test/contract/claude-starting.ts).
 * A word joiner behind the `@` stops it. It is left out where claude was seen to do nothing: behind letters, digits and ASCII
 * punctuation (addresses, `"@types/node"`, `(@Injectable`), and where white space follows (the `@@` of a patch). Whether a file of
 * that name is there does not matter: it may come.
 */
export const neutralizeAt = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}!-~])@(?=@*[^\s@])/gu, `@${WORD_JOINER}`);
