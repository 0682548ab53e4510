/**
 * A signal: "start a turn now". One line of JSON whose values are all strings, read strictly: anything else is refused.
 * It has no field for text, so nothing that a sender says can reach a model. Pure.
 */

import { createHash } from 'node:crypto';
import { limits } from '#blackboard/system/limits.ts';
import { parseJson } from '#blackboard/text/json.ts';

/** The types of signals. file_changed names a file that must be inside the peer's directories. */
export const SIGNAL_TYPES = ['wake', 'file_changed'] as const;
export type SignalType = (typeof SIGNAL_TYPES)[number];

export interface Signal {
  type: SignalType;
  /** Absolute; only for file_changed. */
  path?: string;
}

/** Why a signal was refused. Programs may rely on these words. */
export type RefusalCode =
  /** The line itself. */
  | 'too-long'
  | 'not-utf8'
  | 'second-line'
  | 'not-json'
  | 'not-an-object'
  | 'not-a-string'
  | 'duplicate-field'
  | 'unknown-field'
  | 'missing-field'
  | 'unknown-type'
  | 'bad-path'
  /** Who sends it, and when. */
  | 'too-slow'
  | 'too-many'
  | 'other-user'
  | 'bad-token'
  | 'path-outside'
  | 'disabled'
  | 'rate-minute'
  | 'rate-hour'
  | 'pending-full'
  | 'budget'
  | 'failed';

export type Parsed = { kind: 'signal'; token: string; signal: Signal } | { kind: 'refused'; code: RefusalCode };

const FIELDS: readonly string[] = ['token', 'type', 'path'];

/** `bytes` is everything that a client sent before it stopped: one line, with or without its newline. */
export function parseSignal(bytes: Uint8Array): Parsed {
  if (bytes.length > limits.signalBytesMax) return refused('too-long');
  const newline = bytes.indexOf(0x0a);
  if (newline >= 0 && newline < bytes.length - 1) return refused('second-line');
  const text = decode(newline < 0 ? bytes : bytes.subarray(0, newline));
  if (text === null) return refused('not-utf8');
  const value = parseJson(text);
  if (value === undefined) return refused('not-json');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('not-an-object');
  return parseFields(value as Record<string, unknown>, text);
}

function parseFields(fields: Readonly<Record<string, unknown>>, text: string): Parsed {
  const names = Object.keys(fields);
  if (names.some(name => typeof fields[name] !== 'string')) return refused('not-a-string');
  if (stringsIn(text) !== names.length * 2) return refused('duplicate-field');
  if (names.some(name => !FIELDS.includes(name))) return refused('unknown-field');
  const { token, type, path } = fields as { token?: string; type?: string; path?: string };
  if (token === undefined || type === undefined) return refused('missing-field');
  if (type === 'wake') return path === undefined ? signal(token, { type }) : refused('unknown-field');
  if (type !== 'file_changed') return refused('unknown-type');
  if (path === undefined) return refused('missing-field');
  return isPath(path) ? signal(token, { type, path }) : refused('bad-path');
}

const refused = (code: RefusalCode): Parsed => ({ kind: 'refused', code });
const signal = (token: string, said: Signal): Parsed => ({ kind: 'signal', token, signal: said });

/** A byte order mark is not white space in JSON: it stays, and the line is refused. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * JSON.parse keeps the last of several fields with one name and does not say so. In an object that contains only
 * strings, which is checked before, every string is a field's name or its value: there are twice as many as fields, or
 * a field was repeated.
 */
const stringsIn = (text: string): number => text.match(/"(?:[^"\\]|\\.)*"/g)?.length ?? 0;

/** Absolute, and without characters that a terminal, a log or a system call would interpret. */
export const isPath = (path: string): boolean =>
  path.startsWith('/') && path.length <= limits.signalPathCharsMax && !UNPRINTABLE.test(path);

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}]/u;

/** What makes two signals identical, as twelve characters that fit into a file's name. */
export const signalKey = ({ type, path }: Signal): string =>
  createHash('sha256')
    .update(JSON.stringify([type, path ?? null]))
    .digest('hex')
    .slice(0, 12);
