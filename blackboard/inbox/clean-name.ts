/** Makes a stranger's file name safe to use inside a name of ours. */
import { limits } from '#blackboard/system/limits.ts';

/**
 * Keeps letters of every script with their marks, digits and `._-`; everything else (slashes, newlines, escapes,
 * bidirectional controls) becomes `_`; the name never begins with a dot. NFC, as on all file systems except that of
 * macOS.
 */
export function cleanName(name: string): string {
  const cleaned = name
    .normalize('NFC')
    .replace(/(?:[^\p{L}\p{M}\p{N}._-]|\p{DI})+/gu, '_')
    .replace(/^\.+/, '_');
  return shorten(cleaned, limits.dropNameBytesMax) || '_';
}

/** The longest beginning of at most `bytesMax` UTF-8 bytes that splits no character. */
function shorten(text: string, bytesMax: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    kept += character;
  }
  return kept;
}
