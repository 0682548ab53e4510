/** `schedule:` of agent.md: when a run is due, the agent gives itself a signal. What has run stands in schedule.json. */
import { reasonOf } from '../../blackboard/errors.ts';
import { readText } from '../../blackboard/files.ts';
import { limits } from '../../blackboard/limits.ts';
import { replaceFile } from '../../blackboard/record.ts';
import { dueRuns, type LastRuns } from './schedule.ts';
import type { TriggerOptions } from './trigger-ports.ts';

/** Until `over`. Never rejects. */
export async function keepSchedule(options: TriggerOptions, over: AbortSignal): Promise<void> {
  const { clock, layout, complain } = options;
  const about = `${layout.name}: schedule`;
  while (!over.aborted) {
    let nextMs: number | null = null;
    try {
      nextMs = await lookAtSchedule(options);
      complain(about, null);
    } catch (error) {
      complain(about, reasonOf(error));
    }
    const waitMs = Math.min(limits.scheduleLookMs, nextMs === null ? Infinity : Math.max(1, nextMs - clock.nowMs()));
    await clock.sleep(waitMs, over);
  }
}

/**
 * Gives a signal if a run is due; the next instant at which one is. The signal is on disk before its run is written down: a
 * crash in between gives it once more, and never not at all.
 */
export async function lookAtSchedule(options: TriggerOptions): Promise<number | null> {
  const { files, clock, reader, layout, door } = options;
  const read = await reader.read(layout);
  if (read.kind !== 'usable') return null;
  const { schedule } = read.definition;
  const known = await readText(files, layout.schedule, limits.recordBytesMax);
  if (schedule.length === 0) {
    if (known !== null) await files.remove(layout.schedule);
    return null;
  }
  const runs = dueRuns(schedule, parseRuns(known), clock.nowMs());
  if (runs.isDue) {
    const answer = await door.knock({ type: 'wake' }, 'schedule', null);
    // What was not taken is tried again; switched off, the run is over.
    if (answer.answer === 'refused' && answer.code !== 'disabled')
      return answer.retryAt ? Date.parse(answer.retryAt) : clock.nowMs() + limits.scheduleLookMs;
  }
  const text = `${JSON.stringify(runs.last)}\n`;
  if (text !== known) await replaceFile(files, layout.schedule, text);
  return runs.nextMs;
}

function parseRuns(text: string | null): LastRuns {
  try {
    const runs = JSON.parse(text ?? '{}') as Record<string, unknown> | null;
    return Object.fromEntries(Object.entries(runs ?? {}).filter(([, atMs]) => Number.isFinite(atMs))) as LastRuns;
  } catch {
    return {};
  }
}
