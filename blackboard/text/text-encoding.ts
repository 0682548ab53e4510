/** Recognises a text that was saved in another encoding than UTF-8, after it was read as UTF-8. Pure. */

/**
 * What it is, in words (`is UTF-16; save it as UTF-8`), or null. UTF-16 has a NUL beside every ASCII character, and its
 * byte order mark is not valid UTF-8; a text contains no NUL.
 */
export function otherEncoding(text: string): string | null {
  const head = text.slice(0, HEAD_CHARS);
  if (!head.includes('\0')) return null;
  if (/^(?:\ufffd\ufffd)?(?:[^\0]\0|\0[^\0]){4}/.test(head)) return 'is UTF-16; save it as UTF-8';
  return 'holds NUL bytes; save it as a UTF-8 text';
}

/** Characters that are looked at. */
const HEAD_CHARS = 4_000;
