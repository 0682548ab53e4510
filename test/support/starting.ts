/** A claude that is prepared without effect: all of it happens at its start. */
import type { ChildOrder, Claude, Started } from '#runner/claude/port.ts';

export const startingBy =
  (start: (order: ChildOrder) => Promise<Started>): Claude['prepare'] =>
  order => ({ start: () => start(order), [Symbol.dispose]() {} });
