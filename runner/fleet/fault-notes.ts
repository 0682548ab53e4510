/** Tells the operator of a fault of the whole root: once, also where nothing can be written while it lasts. */

import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { SharedFault } from '#runner/fleet/faults.ts';
import { faultMend } from '#runner/status/fault-sentence.ts';

/** Several runners of one root, and a fault that comes and goes, are one occasion within this time, milliseconds. */
const OCCASION_MS = 3_600_000;

/** Who says it: no agent. */
const AUTHOR = 'runner';

/** What `createFaults` tells goes to the operator's inbox; on a full disk it may be the end of it that gets there. */
export function createFaultNotes(options: {
  files: Files;
  root: string;
  clock: Clock;
}): (fault: SharedFault, isOver: boolean) => void {
  const { files, root, clock } = options;
  const context = { files, root, clock, layout: { name: AUTHOR } };
  /** When each began, and whether that has been told. */
  const begun = new Map<string, { atMs: number; told: Promise<boolean> }>();

  const send = ({ errno }: SharedFault, atMs: number, body: string): Promise<boolean> =>
    sendNote(context, OPERATOR, { key: ['fault', errno, String(Math.floor(atMs / OCCASION_MS))], body }).then(
      () => true,
      () => false,
    );

  return (fault, isOver) => {
    const { errno, sentence } = fault;
    if (!isOver) {
      const atMs = clock.nowMs();
      const told = send(fault, atMs, `Agents wait, because ${sentence}: ${faultMend(root, errno)}\n`);
      begun.set(errno, { atMs, told });
      return;
    }
    const known = begun.get(errno);
    begun.delete(errno);
    void known?.told.then(wasTold => {
      if (wasTold) return;
      const [from, until] = [known.atMs, clock.nowMs()].map(at => new Date(at).toLocaleString());
      void send(
        fault,
        known.atMs,
        `Agents waited from ${from} until ${until}, because ${sentence}; to see that all is well: agent-runner doctor\n`,
      );
    });
  };
}
