/** How many turns signals have started in one session today: no file reliably gives their cost, so they are counted. */

import type { SessionLayout } from '#blackboard/layout.ts';
import { type Clock, localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';

interface Counted {
  day: string;
  count: number;
}

type Place = { files: Files; clock: Clock; layout: SessionLayout };

/** Those that are left of today. */
export async function turnsLeft({ files, clock, layout }: Place): Promise<number> {
  const counted = await readRecord<Counted>(files, layout.signalTurns).catch(() => null);
  const isToday = counted?.day === localDay(clock.nowMs());
  return limits.sessionSignalTurnsPerDay - (isToday ? counted.count : 0);
}

/** One more; durable before the session is woken. */
export async function countTurn(place: Place): Promise<void> {
  const count = limits.sessionSignalTurnsPerDay - (await turnsLeft(place)) + 1;
  const counted: Counted = { day: localDay(place.clock.nowMs()), count };
  await replaceFile(place.files, place.layout.signalTurns, `${JSON.stringify(counted)}\n`);
}
