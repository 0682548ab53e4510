/** Reports drops that can neither be taken nor put aside: an event and a note to the operator for each, or for all if many came at once. */

import { noteText } from '#blackboard/events/note-text.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import type { Emit } from '#runner/events/emit.ts';

/** What was just found in one directory; what has disappeared may be reported again later. Never rejects. */
export type LeftNotes = (left: readonly LeftDrop[]) => Promise<void>;

/** `where`: the agent's name, `the board`, `the operator`. */
export function createLeftNotes(options: {
  files: Files;
  root: string;
  clock: Clock;
  where: string;
  emit: Emit;
}): LeftNotes {
  const { where, emit } = options;
  const context = { ...options, layout: { name: 'runner' } };
  let told = new Set<string>();
  const keyOf = ({ path, errno }: Pick<LeftDrop, 'path' | 'errno'>): string => `${errno} ${path}`;

  return async left => {
    const fresh = left.filter(drop => !told.has(keyOf(drop)));
    const before = told;
    told = new Set(left.map(keyOf));
    if (fresh.length === 0) return;
    const isMany = fresh.length > limits.dropNotesAtOnce;
    const others = isMany ? fresh.length - 1 : 0;
    const events = (isMany ? fresh.slice(0, 1) : fresh).map(drop => ({ type: 'drop.left' as const, ...drop, others }));
    void emit(...events);
    for (const event of events) {
      const key = [isMany ? 'left-drops' : 'left-drop', where, keyOf(event)];
      await sendNote(context, OPERATOR, { key, body: noteText(where, event, options.clock.nowMs()) }).catch(() => {
        // A full disk: at the next look.
        told = before;
      });
    }
  };
}
