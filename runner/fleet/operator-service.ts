/**
 * Keeps the operator's inbox, as a loop keeps its agent's: what is for later comes when it is due, what was dropped is taken, what is no
 * message is dead, and its sender told.
 */

import { join } from 'node:path';
import { tidyInbox } from '#blackboard/inbox/maintain.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { createLeftNotes } from '#runner/status/left-notes.ts';
import { tellBuriedDrops } from '#runner/status/tell-buried-drops.ts';
import { buryWaiting } from '#runner/turn/burial.ts';
import { type Completed, completeBurials } from '#runner/turn/complete-burials.ts';
import { readLetter } from '#runner/turn/read-letter.ts';

export function createOperatorService(options: {
  files: Files;
  root: string;
  clock: Clock;
  events: RunnerEvents;
  onError(error: unknown): void;
  onWell(): void;
}): BackgroundService {
  const { files, root, clock } = options;
  const inbox = inboxLayout(rootLayout(options.root).operator);
  const sightings: Sightings = new Map();
  const tellLeft = createLeftNotes({ ...options, where: 'the operator', emit: options.events.of(inbox) });
  const toldDead = new Set<string>();
  const completed: Completed = new Set();
  const layout = { name: OPERATOR, inbox };
  /** Ids in new that were looked at: each is read once. */
  let looked = new Set<string>();

  async function buryUnreadable(): Promise<void> {
    const names = sortMessageNames(await files.list(inbox.new));
    looked = new Set(names.map(({ id }) => id).filter(id => looked.has(id)));
    for (const name of names) {
      if (looked.has(name.id)) continue;
      const letter = await readLetter(files, join(inbox.new, formatMessageName(name)), name.id, [
        inbox.new,
        inbox.dead,
      ]);
      if (letter && 'unfit' in letter) await buryOne(name, letter.unfit);
      looked.add(name.id);
    }
  }

  /** One that cannot even be put aside stays, and holds up no other. */
  async function buryOne(name: MessageName, reason: string): Promise<void> {
    const place = { state: 'new', path: join(inbox.new, formatMessageName(name)), name, turn: null } as const;
    const burier = { files, root, clock, by: '' };
    await buryWaiting(burier, { id: name.id, inbox, peer: OPERATOR }, place, { reason }).catch(error =>
      faultOfEntry(files, error, [inbox.new, inbox.dead]),
    );
  }

  return createLookLoop({
    ...options,
    looksAtEnd: true,
    async look() {
      const { later, unstable, left } = await tidyInbox(files, inbox, clock, sightings);
      await tellLeft(left);
      await tellBuriedDrops({ ...options, layout, isPerson: true }, toldDead);
      await buryUnreadable();
      await completeBurials({ files, root, clock, layout }, completed);
      if (unstable) return limits.dropLookMs;
      return Math.min(limits.slowLookMs, Math.max(1, (later.nextDueMs ?? Number.POSITIVE_INFINITY) - clock.nowMs()));
    },
  });
}
