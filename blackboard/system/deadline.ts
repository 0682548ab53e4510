/**
 * A deadline for work that others can continue. After the deadline the work is stopped at its next effect, as by a
 * crash there; so it must be work that can be continued from any point. Knows nothing of what the work is.
 */
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface Deadline {
  isOver(): boolean;
  /** Milliseconds left; 0 when it is over. */
  leftMs(): number;
}

/** `atMs`: by the clock that never runs backwards. */
export const deadlineAt = (clock: Clock, atMs: number): Deadline => ({
  isOver: () => clock.monotonicMs() >= atMs,
  leftMs: () => Math.max(0, atMs - clock.monotonicMs()),
});

class PastDeadline extends Error {}

/** Does the work with a port whose every effect throws once the deadline is over. False: it was over before the end. */
export async function untilDeadline(
  files: Files,
  deadline: Deadline,
  work: (files: Files) => Promise<unknown>,
): Promise<boolean> {
  try {
    await work(filesUntil(files, deadline));
    return true;
  } catch (error) {
    if (error instanceof PastDeadline) return false;
    throw error;
  }
}

/** What was created through it may still be removed after that, so that no temporary file is left. */
function filesUntil(files: Files, deadline: Deadline): Files {
  const made = new Set<unknown>();
  return new Proxy(files, {
    get(target, verb: keyof Files) {
      const effect = target[verb] as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        const [path] = given;
        if (deadline.isOver() && !(verb === 'remove' && made.has(path))) throw new PastDeadline('the deadline is over');
        if (verb === 'create') made.add(path);
        return effect.apply(target, given);
      };
    },
  });
}
