/** What a file dropped onto the board says: lines of `key: value` between two `---`, then text. Pure, and no YAML: hooks load it. */
import { limits } from '../limits.ts';
import { type EntryKind, isEntryKind } from './entry.ts';
import { parseDuration } from './ttl.ts';

export interface DropText {
  text: string;
  kind?: EntryKind;
  topic?: string;
  key?: string;
  ref?: string;
  ttlMs?: number;
}

/** Anything unknown or broken in the front matter makes the whole file the text: a drop is never refused for its head. */
export function readDropText(whole: string): DropText {
  const match = /^---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/m.exec(
    whole.slice(0, limits.frontMatterBytesMax),
  );
  if (match?.index !== 0) return { text: whole };
  const head: Omit<DropText, 'text'> = {};
  for (const line of match[1]!.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', quoted, plain = ''] =
      /^([a-z]+):[ \t]*(?:(?:"([^"\\]*)"|([^"'[\]{}&*|>#][^#]*?)))[ \t]*$/.exec(line) ?? [];
    const value = quoted ?? plain;
    const ttlMs = name === 'ttl' ? parseDuration(value) : null;
    if (value === '' || value.length > limits.entryLabelCharsMax) return { text: whole };
    if (name === 'kind' && isEntryKind(value)) head.kind = value;
    else if (name === 'topic' || name === 'key' || name === 'ref') head[name] = value;
    else if (ttlMs !== null) head.ttlMs = ttlMs;
    else return { text: whole };
  }
  return { ...head, text: whole.slice(match[0].length) };
}
