/**
 * What a dropped file says about itself: our keys in its front matter (docs/drops.md). Pure. A mistake in a key that
 * only we use holds the file back: work that should wait must not run because of a typing error.
 */

import {
  type DropHead,
  isMessageKind,
  MESSAGE_KINDS,
  PRIORITIES,
  type Priority,
} from '#blackboard/messages/message.ts';
import { parseMatter, splitFrontMatter } from '#blackboard/messages/message-decode.ts';
import { meantKey, meantTimeKey } from '#blackboard/messages/time-keys.ts';
import { limits } from '#blackboard/system/limits.ts';
import { instantOf, LAST_INSTANT_MS, WHEN_FORMS } from '#blackboard/text/when.ts';

/** What a dropped text is: a message's head and body, or why it is none until somebody corrects it. */
export type DropRead = { kind: 'message'; head: DropHead; body: string } | { kind: 'held'; reason: string };

/** Reads one value; throws what was expected instead. */
type Reader = (value: unknown, nowMs: number) => string;

const label: Reader = value => {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && text !== '' && text.length <= limits.subjectCharsMax) return text;
  throw new Error(`1 to ${limits.subjectCharsMax} characters`);
};

const oneOf =
  (words: readonly string[]): Reader =>
  value => {
    const found = words.find(word => word === value);
    if (found !== undefined) return found;
    throw new Error(`one of ${words.join(', ')}`);
  };

const instant =
  (day: 'begins' | 'ends'): Reader =>
  (value, nowMs) => {
    const atMs = typeof value === 'string' ? instantOf(value, nowMs, day) : null;
    if (atMs !== null && atMs <= LAST_INSTANT_MS) return new Date(atMs).toISOString();
    throw new Error(`a time (${WHEN_FORMS})`);
  };

/** Keys that only we use: a file with one of them is meant for us. */
const TIMES: Readonly<Record<string, Reader>> = { notBefore: instant('begins'), expiresAt: instant('ends') };

/** Keys that other programs use too: if there are other keys of theirs, an invalid value is not meant for us. */
const COMMON: Readonly<Record<string, Reader>> = {
  kind: oneOf(MESSAGE_KINDS),
  subject: label,
  thread: label,
  priority: oneOf(PRIORITIES),
};

const KEYS = { ...COMMON, ...TIMES };
/** Every key that a dropped file may have, in the order of docs/drops.md. */
export const DROP_KEYS: readonly string[] = Object.keys(KEYS);

const WAY_OUT =
  'Mend the file where it lies, then: agent-runner dead requeue <id>. Meant for another program? Then begin the file with an empty line: all of it is text.';

const held = (problem: string): DropRead => ({ kind: 'held', reason: `${problem}. ${WAY_OUT}` });

/**
 * `nowMs`: what `+2h` and `18:30` count from. With keys of other programs the whole text is the body, but our keys
 * still apply.
 */
export function readDrop(whole: string, nowMs: number): DropRead {
  const text = whole.replace(/^\ufeff/, '');
  const asText: DropRead = { kind: 'message', head: {}, body: whole };
  const parts = splitFrontMatter(text);
  if (!parts) return unclosedProblem(text) ?? asText;
  const matter = keysOf(parts.matter);
  if ('problem' in matter) {
    const key = timeKeyIn(parts.matter);
    return key === null ? asText : held(`${key} stands in a head that cannot be read (${matter.problem})`);
  }
  const given = Object.entries(matter.keys);
  const meant = given.map(([key]) => key).find(key => !DROP_KEYS.includes(key) && meantTimeKey(key) !== null);
  if (meant !== undefined)
    return held(`${JSON.stringify(meant)} is no key of a dropped file: write ${meantTimeKey(meant)}`);
  const misspelt = given.map(([key]) => key).find(key => meantKey(key, DROP_KEYS) !== null);
  const hasForeign = given.some(([key]) => !DROP_KEYS.includes(key));
  const isOthers = given.some(([key]) => !DROP_KEYS.includes(key) && meantKey(key, DROP_KEYS) === null);
  const isForUs = !isOthers || given.some(([key]) => key in TIMES);
  if (misspelt !== undefined && isForUs)
    return held(`${JSON.stringify(misspelt)} is no key of a dropped file: write ${meantKey(misspelt, DROP_KEYS)}`);
  const head: Record<string, string> = {};
  for (const key of DROP_KEYS) {
    const value = matter.keys[key];
    if (value === undefined || (value === null && key in COMMON)) continue;
    try {
      head[key] = KEYS[key]!(value, nowMs);
    } catch (error) {
      if (isForUs) return held(`expected ${key} to be ${(error as Error).message}; got ${shown(value)}`);
    }
  }
  const { notBefore, expiresAt } = head;
  if (notBefore !== undefined && expiresAt !== undefined && expiresAt <= notBefore)
    return held(`it would expire (${expiresAt}) before it is due (${notBefore})`);
  return { kind: 'message', head: asHead(head), body: hasForeign ? whole : parts.body };
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);

const asHead = ({ kind, priority, ...rest }: Record<string, string>): DropHead => ({
  ...(kind !== undefined && isMessageKind(kind) ? { kind } : {}),
  ...(priority === undefined ? {} : { priority: priority as Priority }),
  ...rest,
});

function keysOf(matter: string): { keys: Record<string, unknown> } | { problem: string } {
  try {
    const value = parseMatter(matter) ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return { keys: value as Record<string, unknown> };
    return { problem: 'it is no list of keys' };
  } catch (error) {
    return { problem: (error as Error).message.split('\n')[0]!.slice(0, 200) };
  }
}

const KEY_LINE = /^[ \t]*["']?([A-Za-z][\w-]*)["']?[ \t]*:/;

/** A time key, spelt right or wrong, at the beginning of a line. */
function timeKeyIn(matter: string): string | null {
  for (const line of matter.split('\n')) {
    const key = KEY_LINE.exec(line)?.[1];
    if (key !== undefined && meantTimeKey(key) !== null) return key;
  }
  return null;
}

/** A head that is never closed and has a time key. */
function unclosedProblem(text: string): DropRead | null {
  const [, first] =
    /^---[ \t]*\r?\n([\s\S]*?)(?:\r?\n[ \t]*\r?\n|$)/.exec(text.slice(0, limits.frontMatterBytesMax)) ?? [];
  const key = first === undefined ? null : timeKeyIn(first);
  return key === null
    ? null
    : held(`${key} stands in a head that is not closed: a line of three dashes is missing below it`);
}
