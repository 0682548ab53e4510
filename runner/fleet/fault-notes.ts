/** Tells the operator of a fault of the whole root: once, also where nothing can be written while it lasts. */

import { noteText } from '#blackboard/events/note-text.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { succeeds } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { FaultEvent } from '#runner/fleet/faults.ts';

/** Several runners of one root, and a fault that comes and goes, are one occasion within this time, milliseconds. */
const OCCASION_MS = 3_600_000;

/** Who says it: no agent. */
const AUTHOR = 'runner';

/** What `createFaults` tells goes to the operator's inbox; on a full disk it may be the end of it that gets there. */
export function createFaultNotes(options: {
  files: Files;
  root: string;
  clock: Clock;
}): (errno: string, event: FaultEvent) => void {
  const { files, root, clock } = options;
  const context = { files, root, clock, layout: { name: AUTHOR } };
  /** When each began, and whether that has been told. */
  const begun = new Map<string, { atMs: number; told: Promise<boolean> }>();

  const send = (errno: string, atMs: number, event: FaultEvent): Promise<boolean> => {
    const key = ['fault', errno, String(Math.floor(atMs / OCCASION_MS))];
    return succeeds(sendNote(context, OPERATOR, { key, body: noteText(AUTHOR, event, clock.nowMs()) }));
  };

  return (errno, event) => {
    if (event.type === 'agent.faulted') {
      const atMs = clock.nowMs();
      begun.set(errno, { atMs, told: send(errno, atMs, event) });
      return;
    }
    const known = begun.get(errno);
    begun.delete(errno);
    void known?.told.then(wasTold => {
      if (!wasTold) void send(errno, known.atMs, event);
    });
  };
}
