/**
 * How an id is shown to people, and recognised from what they type: by its end. Ids made within a minute begin with the
 * same eight characters, but their ends are random. Models and programs get the whole id. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';

/** What is shown of an id, of a message, an entry or a session. */
export const shortId = (id: string): string => id.slice(-limits.idShownChars);

const PART = new RegExp(`^[0-9a-f-]{${limits.idPartCharsMin},36}$`);

/** Whether the text can be a part of an id: its beginning, its end or all of it. */
export const isIdPart = (typed: string): boolean => PART.test(typed) && /[0-9a-f]/.test(typed);

/** Whether the id begins or ends with what was typed. */
export const idFits = (id: string, typed: string): boolean => id.startsWith(typed) || id.endsWith(typed);

/** Several ids as a person can tell them apart: short, or whole where two of them end alike. */
export function toldApart(ids: readonly string[]): string[] {
  const short = ids.map(shortId);
  return new Set(short).size === new Set(ids).size ? short : [...ids];
}
