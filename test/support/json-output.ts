// What a command prints with --json, held against the shape of its result: keys that the shape does not name are refused.
import { RESULTS } from '#runner/results/all.ts';

/** What is wrong with a command's output, as `place: what`; empty if it is what the shape says. */
export function jsonViolations(command: string, value: unknown): string[] {
  const { shape } = RESULTS.find(({ verb }) => verb === command)!;
  const parsed = shape.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `$.${path.join('.')}: ${message}`);
}
