/**
 * When one of its schedules last started a turn of an agent, as its turns prove it: for when schedule.json cannot be
 * read.
 */

import { type AgentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';

/** Unix milliseconds; null: none of its newest turns was. */
export async function lastScheduledMs(files: Files, { turns }: AgentLayout): Promise<number | null> {
  const newest = await latestTurn(files, turns);
  for (let number = newest; number > 0 && number > newest - limits.signalProofTurns; number--) {
    const intent = await readRecord<Intent>(files, turnLayout(turns, number).intent).catch(() => null);
    const taken = intent?.signals?.taken ?? [];
    const atMs = Math.max(...taken.filter(({ source }) => source === 'schedule').map(({ at }) => Date.parse(at)));
    if (Number.isFinite(atMs)) return atMs;
  }
  return null;
}
