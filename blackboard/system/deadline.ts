/**
 * A deadline for work that others go on with. Whoever passes it is stopped at its next effect, as by a death there: only what can be
 * gone on with from anywhere is done until one. Knows nothing of what that is.
 */
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface Deadline {
  isOver(): boolean;
  /** Milliseconds; none once it is over. */
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

/** What was made through it may be taken away again after that: nobody's temporary file is left behind. */
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
