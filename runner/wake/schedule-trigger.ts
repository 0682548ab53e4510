/**
 * `schedule:` of all agents: when a run is due, the agent sends itself a signal. One timer for all of them, and none if
 * nobody has a schedule. What has run is in each agent's schedule.json.
 */

import type { AgentLayout } from '#blackboard/layout.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';
import { dueRuns, type LastRuns, type Schedule, scheduleKey } from '#runner/agents/schedule.ts';
import { lastScheduledMs } from '#runner/wake/last-scheduled.ts';
import type { TriggerOptions, TriggerSite } from '#runner/wake/trigger-ports.ts';

export interface ScheduleTrigger extends BackgroundService {
  /** From now on these are the agent's schedules; earlier ones are forgotten. */
  keep(site: TriggerSite, schedules: readonly Schedule[]): void;
  forget(agent: string): void;
}

interface Kept {
  site: TriggerSite;
  schedules: readonly Schedule[];
  /** When it must be checked again; 0: at once. */
  nextMs: number;
}

export function createScheduleTrigger(options: TriggerOptions): ScheduleTrigger {
  const { clock, complain } = options;
  const kept = new Map<string, Kept>();
  let lastMs = 0;

  /** Timers sleep with the machine, so none is longer than `scheduleLookMs`; there is none if nobody has a schedule. */
  async function lookAtDue(ending: AbortSignal): Promise<number> {
    const nowMs = clock.nowMs();
    // If the clock was set back, what was ahead may be due much earlier.
    const isSetBack = nowMs < lastMs;
    lastMs = nowMs;
    for (const [name, each] of [...kept]) {
      if (ending.aborted || (each.nextMs > nowMs && !isSetBack)) continue;
      try {
        const nextMs = await lookAtSchedule(options, each.site, each.schedules);
        // Whatever the calendar or the intake said: never again at this very moment.
        each.nextMs = Math.max(nextMs, nowMs + limits.scheduleStepMs);
        complain({ peer: name, part: 'schedule' }, null);
      } catch (error) {
        each.nextMs = nowMs + limits.scheduleLookMs;
        complain({ peer: name, part: 'schedule' }, reasonOf(error));
      }
    }
    if (kept.size === 0) return Number.POSITIVE_INFINITY;
    const nextMs = Math.min(...[...kept.values()].map(each => each.nextMs));
    return Math.min(limits.scheduleLookMs, Math.max(1, nextMs - clock.nowMs()));
  }

  const loop = createLookLoop({
    clock,
    look: ({ ending }) => lookAtDue(ending),
    onError: error => complain({ peer: null, part: 'schedules' }, reasonOf(error)),
    onWell: () => complain({ peer: null, part: 'schedules' }, null),
  });
  return {
    ...loop,
    keep(site, schedules) {
      kept.set(site.layout.name, { site, schedules, nextMs: 0 });
      loop.start();
      loop.hint();
    },
    forget(agent) {
      kept.delete(agent);
      loop.hint();
    },
  };
}

/**
 * Sends a signal if a run is due; returns the next instant at which one is. The signal is on disk before its run is
 * recorded: after a crash in between it is sent twice, and never lost. An invalid schedule.json is no reason to skip a
 * missed run: the last run that a turn proves counts.
 */
export async function lookAtSchedule(
  { files, clock, complain }: Pick<TriggerOptions, 'files' | 'clock' | 'complain'>,
  { layout, intake }: TriggerSite,
  schedules: readonly Schedule[],
): Promise<number> {
  const known = await readText(files, layout.schedule, limits.recordBytesMax);
  const written = parseRuns(known);
  const before = written ?? (await provenRuns(files, layout, schedules));
  if (written === null)
    complain(
      { peer: layout.name, part: 'schedule.json' },
      `${layout.schedule} is not the record that agent-runner wrote there: what has run is taken from the agent's turns`,
    );
  const runs = dueRuns(schedules, before, clock.nowMs());
  if (runs.isDue) {
    const answer = await intake.submit({ type: 'wake' }, 'schedule', null);
    // A refused one is tried again; if signals are off, the run is over.
    if (answer.answer === 'refused' && answer.code !== 'disabled')
      return answer.retryAt ? Date.parse(answer.retryAt) : clock.nowMs() + limits.scheduleLookMs;
  }
  const text = `${JSON.stringify(runs.last)}\n`;
  if (text !== known) await replaceFile(files, layout.schedule, text);
  return runs.nextMs ?? Number.POSITIVE_INFINITY;
}

/** null: not what a runner wrote. */
function parseRuns(text: string | null): LastRuns | null {
  const runs = parseObject(text ?? '{}');
  return runs && !Array.isArray(runs) && Object.values(runs).every(Number.isFinite) ? (runs as LastRuns) : null;
}

async function provenRuns(files: Files, layout: AgentLayout, schedules: readonly Schedule[]): Promise<LastRuns> {
  const lastMs = await lastScheduledMs(files, layout);
  return lastMs === null ? {} : Object.fromEntries(schedules.map(schedule => [scheduleKey(schedule), lastMs]));
}
