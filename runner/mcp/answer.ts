/**
 * What a tool's result looks like to a model: JSON on one line, in which a peer's words cannot be taken for ours or claude's,
 * nothing unprintable stands, and that is short enough for claude to show it whole. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';
import { printableJson } from '#blackboard/text/printable.ts';
import { escapeTags } from '#hooks/claude/neutralize.ts';

/** Without what says nothing: null, and lists with nothing in them. */
export const answerText = (value: unknown): string =>
  escapeTags(
    printableJson(
      JSON.stringify(value, (_, each: unknown) =>
        each === null || (Array.isArray(each) && each.length === 0) ? undefined : each,
      ),
    ),
  );

/** A part of a long text. */
export interface Part {
  text: string;
  /** Where the next part begins; null: this is the last one. */
  next: number | null;
}

/** As much of the text from this character on as fits, written as JSON. */
export function partOf(text: string, from: number, roomChars: number = limits.mcpAnswerChars): Part {
  let end = Math.min(text.length, from + roomChars);
  while (answerText(text.slice(from, end)).length > roomChars) end = from + Math.floor((end - from) / 2);
  // Not in the middle of a character.
  if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] ?? '')) end--;
  return { text: text.slice(from, end), next: end < text.length ? end : null };
}

/** The first items that fit together, at least one. */
export function fitting<Item>(items: readonly Item[], roomChars: number = limits.mcpAnswerChars): Item[] {
  let left = roomChars;
  const over = items.findIndex((item, at) => {
    left -= answerText(item).length + 1;
    return left < 0 && at > 0;
  });
  return over === -1 ? [...items] : items.slice(0, over);
}
