/**
 * Tool calls that were denied in a turn, as its reply contains them and as people and models are told of them. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';

/** `input`: the tool's input as JSON, or the beginning of it. */
export interface Denial {
  tool: string;
  input: string;
}

/** The part of them that goes into a reply or a note; the turn's `ended` has more. */
export const carriedDenials = (denials: readonly Denial[]): Denial[] =>
  denials.slice(0, limits.denialsCarriedMax).map(({ tool, input }) => ({
    tool: tool.slice(0, limits.denialToolCharsMax),
    input: input.slice(0, limits.denialInputCharsMax),
  }));

/**
 * `2 tool calls were denied: Bash {"command":"git push"}; Write {…`. It may contain any characters: the caller makes it
 * printable.
 */
export function deniedText(denials: readonly Denial[]): string {
  const shown = denials.slice(0, SHOWN).map(({ tool, input }) => `${tool} ${input}`);
  const more = denials.length > SHOWN ? [`${denials.length - SHOWN} more`] : [];
  const count = denials.length === 1 ? '1 tool call was' : `${denials.length} tool calls were`;
  return `${count} denied: ${[...shown, ...more].join('; ')}`;
}

const SHOWN = 3;
