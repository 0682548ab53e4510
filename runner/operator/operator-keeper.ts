/** Keeps the operator's inbox, as a loop keeps its agent's: what is for later comes when it is due, what was dropped is taken. */
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { tidyInbox } from '../../blackboard/inbox/tidy.ts';
import { inboxLayout, rootLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { OPERATOR } from '../../blackboard/peers.ts';
import type { Sightings } from '../../blackboard/resting.ts';
import { createKeeper, type Keeper } from '../machine/keeper.ts';
import { tellBuriedDrops } from '../turn/tell-buried-drops.ts';
import { createLeftNotes } from './left-notes.ts';

export function createOperatorKeeper(options: {
  files: Files;
  root: string;
  clock: Clock;
  log(line: string): void;
  onError(error: unknown): void;
  onWell(): void;
}): Keeper {
  const { files, clock } = options;
  const inbox = inboxLayout(rootLayout(options.root).operator);
  const sightings: Sightings = new Map();
  const tellLeft = createLeftNotes({ ...options, where: 'the operator' });
  const toldDead = new Set<string>();
  return createKeeper({
    ...options,
    async look() {
      const { later, resting, left } = await tidyInbox(files, inbox, clock, sightings);
      await tellLeft(left);
      await tellBuriedDrops({ ...options, layout: { name: OPERATOR, inbox } }, toldDead);
      if (resting) return limits.dropLookMs;
      return Math.min(limits.slowLookMs, Math.max(1, (later.nextDueMs ?? Number.POSITIVE_INFINITY) - clock.nowMs()));
    },
  });
}
