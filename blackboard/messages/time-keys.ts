/**
 * Which key of ours a misspelt one was meant to be. Only we use keys for times: a file with one of them, however it is
 * spelt, is meant for us. Pure, without YAML.
 */
import { editDistance } from '#blackboard/messages/peer-name.ts';

const TIME_KEYS = ['notBefore', 'expiresAt'] as const;
export type TimeKey = (typeof TIME_KEYS)[number];

/** How many letters may be wrong, missing or extra. */
const TYPING_ERRORS = 2;

/** The time key that a key is or was meant to be (`not_before`, `NotBefor`, `expires`, `expiry`); null: another key. */
export function meantTimeKey(key: string): TimeKey | null {
  const plain = plainOf(key);
  if (/^expir(e|es|y|yat|ydate|eson|ation|ationdate)$/.test(plain)) return 'expiresAt';
  if (/^(notuntil|dontrunbefore|notearlierthan)$/.test(plain)) return 'notBefore';
  return TIME_KEYS.find(known => editDistance(plain, known.toLowerCase()) <= TYPING_ERRORS) ?? null;
}

/** In shorter keys a typing error makes another word (`red` of `ref`); below the second number, two errors do. */
const LETTERS_FOR_ONE = 4;
const LETTERS_FOR_TWO = 6;

/**
 * The key among `known` that another one was meant to be (`kinds`, `Prioritiy`, `sub_ject`); null: it is one of them,
 * or far from all. It may also be a key of another program: the caller decides by the other keys whether the head is
 * meant for us.
 */
export function meantKey(key: string, known: readonly string[]): string | null {
  if (known.includes(key)) return null;
  const plain = plainOf(key);
  return known.find(each => isMisspelt(plain, each.toLowerCase())) ?? null;
}

const plainOf = (key: string): string => key.toLowerCase().replace(/[^a-z]/g, '');

function isMisspelt(plain: string, known: string): boolean {
  if (plain === known || plain === `${known}s`) return true;
  const errorsMax = known.length >= LETTERS_FOR_TWO ? 2 : known.length >= LETTERS_FOR_ONE ? 1 : 0;
  // People do not mistype the first letter, and other words differ in it: find, mind, project.
  return plain[0] === known[0] && editDistance(plain, known) <= errorsMax;
}
