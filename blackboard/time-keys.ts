/** Keys of a head that say when: only we have them, so whoever writes one means us, however it is spelt. Pure, and no YAML. */
import { editDistance } from './peer-name.ts';

const TIME_KEYS = ['notBefore', 'expiresAt'] as const;
export type TimeKey = (typeof TIME_KEYS)[number];

/** Letters that may be wrong, missing or too many. */
const TYPING_ERRORS = 2;

/** The time key that a key is or was meant to be (`not_before`, `NotBefor`, `expires`, `expiry`); null: another one. */
export function meantTimeKey(key: string): TimeKey | null {
  const plain = key.toLowerCase().replace(/[^a-z]/g, '');
  if (/^expir(e|es|y|yat|ydate|eson|ation|ationdate)$/.test(plain)) return 'expiresAt';
  if (/^(notuntil|dontrunbefore|notearlierthan)$/.test(plain)) return 'notBefore';
  return TIME_KEYS.find(known => editDistance(plain, known.toLowerCase()) <= TYPING_ERRORS) ?? null;
}
