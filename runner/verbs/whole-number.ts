/** Checks a number that a verb gets. */
import { usageError } from '#blackboard/system/errors.ts';

/** Throws 64. `what`: the name of the input. */
export function requireWhole(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw usageError(`${what} ${value}: expected a whole number from ${min} to ${max}`);
}
