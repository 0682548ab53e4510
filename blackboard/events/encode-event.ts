/** An event as one line of JSON that one write(2) in append mode keeps whole. What is too long is cut, and says so. Pure. */
import type { Event } from '#blackboard/events/event.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableJson } from '#blackboard/text/printable.ts';

/** What a text and a list may have, from the first that fits the line. The last one fits whatever an event holds. */
const STEPS: readonly { charsMax: number; itemsMax: number }[] = [
  { charsMax: 2_000, itemsMax: 64 },
  { charsMax: 1_000, itemsMax: 32 },
  { charsMax: 500, itemsMax: 16 },
  { charsMax: 200, itemsMax: 8 },
  { charsMax: 60, itemsMax: 4 },
  { charsMax: 20, itemsMax: 2 },
];

/** The line with its newline: at most `limits.eventBytesMax` bytes, printable as it is. */
export function encodeEvent(event: Event): string {
  const whole = lineOf(event);
  if (fits(whole)) return whole;
  let line = '';
  for (const step of STEPS) {
    const { at, type } = event;
    line = lineOf({ ...(shortened(event, step) as Event), at, type, isCut: true } as Event);
    if (fits(line)) break;
  }
  return line;
}

const lineOf = (event: Event): string => `${printableJson(JSON.stringify(event))}\n`;

const fits = (line: string): boolean => Buffer.byteLength(line) <= limits.eventBytesMax;

function shortened(value: unknown, step: (typeof STEPS)[number]): unknown {
  if (typeof value === 'string') return cutText(value, step.charsMax);
  if (Array.isArray(value)) return value.slice(0, step.itemsMax).map(item => shortened(item, step));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item, step)]));
}

/** The beginning of a text, with how long all of it was. Not in the middle of a character. */
export const cutText = (text: string, charsMax: number): string =>
  text.length <= charsMax
    ? text
    : `${text.slice(0, charsMax).replace(/[\ud800-\udbff]$/, '')}… (${lengthOf(text)} characters)`;

/** Of a text that was cut before: what it says of itself. */
const lengthOf = (text: string): string => /… \((\d{1,12}) characters\)$/.exec(text)?.[1] ?? String(text.length);
