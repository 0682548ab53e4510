/** Which versions of claude can run turns, and what to do about others. Pure. */

/**
 * The first version with everything we rely on. 2.1.300 takes the same command line, but its result line does not say
 * what the run of a resumed session cost (`model_usage_since_last_result`); before 2.1.280 there is no
 * `--system-prompt-snapshot`.
 */
export const CLAUDE_FROM = '2.1.329';
/** The versions of claude that all tests pass with: the first, the last. */
export const CLAUDE_TESTED = ['2.1.329', '2.1.332'] as const;

/**
 * Installs a claude that works. `@latest`: without a version npm takes the last release that supports the installed
 * Node (2.1.197 on Node 20), though claude runs without Node. npm 12 runs the script that installs claude's program
 * only when it is allowed to; npm 10 and 11 ignore that flag.
 */
export const INSTALL_CLAUDE =
  'npm install -g --allow-scripts=@anthropic-ai/claude-code @anthropic-ai/claude-code@latest';

/** What is wrong with a claude of that version, as words that follow its name; null: nothing. */
export function tooOld(version: string): string | null {
  return compareVersions(version, CLAUDE_FROM) < 0 ? `is too old: expected ${CLAUDE_FROM} or newer` : null;
}

/** Whether claude says that it does not know an option, or a value of one: an old one does not. */
export const looksTooOld = (said: string): boolean => /unknown option '|is invalid\. allowed choices/i.test(said);

/** Below 0: a is older than b. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(text => text.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
