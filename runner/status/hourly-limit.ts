/** `maxTurnsPerHour`, counted in the turns' own intents. */

import { type AgentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';

const HOUR_MS = 3_600_000;

/**
 * Until when no further turn may begin (Unix milliseconds), or null. `last`: the newest turn. Of the last hour's turns,
 * those that worked count; a turn without an intent, or one that only buried messages or lent the session, does not. Nearly always one
 * record is enough: the turn that many turns ago is more than an hour old, or does not exist.
 */
export async function hourlyLimitUntil(
  files: Files,
  layout: AgentLayout,
  turnsMax: number,
  last: number,
  nowMs: number,
): Promise<number | null> {
  const untilOf = async (number: number): Promise<number | null> => {
    const intent = await readRecord<Intent>(files, turnLayout(layout.turns, number).intent);
    return intent && intent.kind !== 'burial' && intent.kind !== 'lent' ? Date.parse(intent.at) + HOUR_MS : null;
  };
  if (last < turnsMax || ((await untilOf(last - turnsMax + 1)) ?? Number.POSITIVE_INFINITY) <= nowMs) return null;
  let count = 0;
  for (let number = last; number > 0; number--) {
    const untilMs = await untilOf(number);
    if (untilMs === null) continue;
    if (untilMs <= nowMs) return null;
    if (++count === turnsMax) return untilMs;
  }
  return null;
}
