/** Text from bytes, and texts that were saved in another encoding than UTF-8. Pure. */

/**
 * What a text that was read as UTF-8 is, in words (`is UTF-16; save it as UTF-8`), or null. UTF-16 has a NUL beside every ASCII character, and its
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

/** The bytes as text, including a byte order mark, or null if they are not UTF-8 or contain NUL. */
export const textOf = (bytes: Uint8Array): string | null => (bytes.includes(0) ? null : decode(bytes, 'utf-8'));

/** The text of UTF-16 with a byte order mark, without it; null for anything else. */
export function wideTextOf(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  const text = encoding && decode(bytes.subarray(2), encoding);
  // UTF-32 begins with the same byte order mark.
  return text?.includes('\u0000') ? null : text;
}

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
