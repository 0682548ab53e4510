/** What a slash command of claude (2.1.332) may do to a session, as three tiers. Pure. */

/** red: the conversation, or the session, is gone · yellow: it changes, or costs money · green: the rest. */
export type Tier = 'red' | 'yellow' | 'green';

/** Also under their other names. docs/panes.md shows these, and a test compares the two. */
export const TIERS: Readonly<Record<Exclude<Tier, 'green'>, readonly string[]>> = {
  red: ['clear', 'new', 'reset', 'exit', 'quit', 'resume', 'continue', 'rewind', 'checkpoint', 'logout'],
  yellow: ['compact', 'loop', 'schedule'],
};

/** What `self` may run: no option allows more. */
export const OF_SELF: readonly string[] = ['compact', 'context', 'rename'];

/** The name of the command; null: it is none. `/a/path` is text to claude, and a second line is no argument. */
export const commandName = (typed: string): string | null => /^\/([\w:.-]+)(?: [^\n]*)?$/.exec(typed)?.[1] ?? null;

export function tierOf(name: string): Tier {
  const plain = name.toLowerCase();
  if (TIERS.red.includes(plain)) return 'red';
  return TIERS.yellow.includes(plain) ? 'yellow' : 'green';
}
