/** Keeps claude from expanding `@path` in a text of a peer's. Pure. */

const WORD_JOINER = '\u2060';

/**
 * claude 2.1.329 expands `@path` in a prompt to the file's content, inside any frame. A word joiner after the `@` stops
 * it; the `@` of an address in the middle of a word stays as it is.
 */
export const neutralizeAt = (text: string): string => text.replace(/(?<![\p{L}\p{N}_])@/gu, `@${WORD_JOINER}`);
