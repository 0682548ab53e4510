/**
 * Reports drops that can neither be taken nor put aside: one line in the log and one note to the operator each, with
 * the fix.
 */

import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import { leftMend, leftSentence } from '#runner/status/left-mend.ts';

/** What was just found in one directory; what has disappeared may be reported again later. Never rejects. */
export type LeftNotes = (left: readonly LeftDrop[]) => Promise<void>;

/** `where`: the agent's name, `the board`, `the operator`. */
export function createLeftNotes(options: {
  files: Files;
  root: string;
  clock: Clock;
  where: string;
  log(line: string): void;
}): LeftNotes {
  const { where, log } = options;
  const context = { ...options, layout: { name: 'runner' } };
  let told = new Set<string>();
  const keyOf = ({ path, errno }: LeftDrop): string => `${errno} ${path}`;

  return async left => {
    const fresh = left.filter(drop => !told.has(keyOf(drop)));
    const before = told;
    told = new Set(left.map(keyOf));
    if (fresh.length === 0) return;
    for (const drop of fresh.slice(0, limits.dropNotesAtOnce))
      log(`${where}: ${leftSentence(where, drop)}; it is left where it is, everything else goes on: ${leftMend(drop)}`);
    const first = fresh[0]!;
    const many = fresh.length > limits.dropNotesAtOnce;
    const notes = many
      ? [
          {
            key: ['left-drops', where, keyOf(first)],
            body: `${fresh.length} things that were dropped for ${where} can neither be taken nor be moved away, the first of them: ${leftSentence(where, first)}. They are left where they are, everything else goes on. What mends it: ${leftMend(first)}\n`,
          },
        ]
      : fresh.map(drop => ({
          key: ['left-drop', where, keyOf(drop)],
          body: `${leftSentence(where, drop)}. It is left where it is, everything else goes on. What mends it: ${leftMend(drop)}\n`,
        }));
    for (const note of notes)
      await sendNote(context, OPERATOR, note).catch(() => {
        // A full disk: at the next look.
        told = before;
      });
  };
}
