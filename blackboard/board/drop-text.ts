/**
 * Parses a file dropped onto the board: lines of `key: value` between two `---`, then text (docs/drops.md). Pure, and
 * without YAML, because hooks load it. With keys of other programs the whole file is the text, but our keys still
 * apply. A mistake in a key that only we use holds the file back: an entry that should disappear after an hour must not
 * stay for ever.
 */

import { ENTRY_KINDS, type EntryKind, isEntryKind } from '#blackboard/board/entry.ts';
import { meantKey, meantTimeKey } from '#blackboard/messages/time-keys.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseDuration } from '#blackboard/text/when.ts';

export interface DropText {
  text: string;
  kind?: EntryKind;
  topic?: string;
  key?: string;
  ref?: string;
  ttlMs?: number;
}

/** Every key that a file dropped onto the board may have, in the order of docs/drops.md. */
export const BOARD_DROP_KEYS: readonly string[] = ['kind', 'topic', 'key', 'ref', 'ttl'];

/** The entry, or why the file is not one until somebody corrects it. */
export type DropTextRead = { kind: 'entry'; entry: DropText } | { kind: 'held'; reason: string };

const held = (problem: string): DropTextRead => ({
  kind: 'held',
  reason: `${problem}. Mend the file and drop it again. Meant for another program? Then begin it with an empty line: all of it is text.`,
});

export function readDropText(whole: string): DropTextRead {
  const text = whole.replace(/^\ufeff/, '').slice(0, limits.frontMatterBytesMax);
  const match = /^---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/m.exec(text);
  if (match?.index !== 0) return { kind: 'entry', entry: { text: whole } };
  const given = match[1]!.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'));
  const head: Omit<DropText, 'text'> = {};
  const problems: string[] = [];
  const misspelt: string[] = [];
  let hasForeign = false;
  for (const line of given) {
    const [, name = '', written = ''] = /^([A-Za-z][\w-]*):(.*)$/.exec(line) ?? [];
    const time = meantTimeKey(name);
    if (time !== null) return held(`${JSON.stringify(name)} is no key of an entry: ${REMEDY[time]}`);
    if (name !== 'ttl' && name.toLowerCase() === 'ttl')
      return held(`${JSON.stringify(name)} is no key of an entry: write ttl`);
    const meant = meantKey(name, BOARD_DROP_KEYS);
    if (meant !== null) misspelt.push(`${JSON.stringify(name)} is no key of an entry: write ${meant}`);
    else if (!BOARD_DROP_KEYS.includes(name)) hasForeign = true;
    else {
      const problem = take(head, name, plainValue(written));
      if (problem !== null && name === 'ttl') return held(problem);
      if (problem !== null) problems.push(problem);
    }
  }
  // Other programs also use keys named kind and key. If there are other keys of theirs, an invalid value is not meant
  // for us.
  const [problem] = [...misspelt, ...problems];
  if (problem !== undefined && (!hasForeign || head.ttlMs !== undefined)) return held(problem);
  const body = whole.slice(whole.indexOf('---') + match[0].length);
  return { kind: 'entry', entry: { ...head, text: hasForeign ? whole : body } };
}

const REMEDY = {
  notBefore: 'an entry stands at once; say it later, or send a message',
  expiresAt: 'write for how long it holds, as in ttl: 2h',
} as const;

/** One line's value: quoted, or plain up to a comment; '' for a list, a mapping and the like. */
function plainValue(written: string): string {
  const [, quoted, plain] = /^[ \t]*(?:"([^"\\]*)"|([^"'[\]{}&*|>#][^#]*?))[ \t]*$/.exec(written) ?? [];
  return quoted ?? plain ?? '';
}

/** Adds the value to the head, or returns what was expected. */
function take(head: Omit<DropText, 'text'>, name: string, value: string): string | null {
  const got = `got ${JSON.stringify(value.slice(0, 80))}`;
  const ttlMs = name === 'ttl' ? parseDuration(value) : null;
  if (name === 'ttl' && ttlMs === null) return `expected ttl to be a time as in 90s, 15m, 2h or 7d; ${got}`;
  if (name === 'kind' && !isEntryKind(value)) return `expected kind to be one of ${ENTRY_KINDS.join(', ')}; ${got}`;
  if (value === '' || value.length > limits.entryLabelCharsMax)
    return `expected ${name} to have 1 to ${limits.entryLabelCharsMax} characters; ${got}`;
  Object.assign(head, ttlMs === null ? { [name]: value } : { ttlMs });
  return null;
}
