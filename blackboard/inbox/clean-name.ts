/** A stranger's file name, made fit to stand inside a name of ours. */
import { limits } from '../limits.ts';

/** Letters, digits and `._-` stay; anything else (slashes, newlines, escapes) becomes `_`; never begins with a dot. */
export function cleanName(name: string): string {
  const cleaned = name.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^\.+/, '_');
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
