/** Stand-ins for a claude: prepared without effect, all of it happens at its start; and runs that have nothing to be interrupted. */
import type { ChildExit, Claude, Run, RunOrder, Started } from '#runner/claude/port.ts';

export const startingBy =
  (start: (order: RunOrder) => Promise<Started>): Claude['prepare'] =>
  order => ({ start: () => start(order), [Symbol.dispose]() {} });

/** A run that is over when `over` says so. */
export const runUntil = (over: Promise<ChildExit | null>): Run => ({ identity: null, over, interrupt: async () => {} });

/** Of a turn that somebody else started: over at once, the next look tells more. */
export const adoptNothing: Claude['adopt'] = identity => ({ ...runUntil(Promise.resolve(null)), identity });
