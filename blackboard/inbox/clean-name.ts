/** A stranger's file name, made fit to stand inside a name of ours. */
import { limits } from '#blackboard/system/limits.ts';

/**
 * Letters of every script with their marks, digits and `._-` stay; anything else (slashes, newlines, escapes, what turns the
 * direction of writing) becomes `_`; never begins with a dot. NFC, as file systems but that of macOS have it.
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
