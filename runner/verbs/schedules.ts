/** When agents wake by themselves: each schedule of agent.md, when it last ran, and when it runs next. */
import { agentLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { parseObject } from '#blackboard/text/json.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import type { ScheduleRow } from '#runner/results/timeline.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** The next ones first. Agents whose agent.md cannot be read have none. */
export async function schedules({ files, root, env }: VerbContext): Promise<ScheduleRow[]> {
  const nowMs = (await openSteadyClock(files, root)).nowMs();
  const rows: ScheduleRow[] = [];
  for (const agent of await listAgents(files, root)) {
    const layout = agentLayout(root, agent);
    const read = await readDefinition(files, layout, env);
    if (read.kind !== 'usable' || read.definition.schedule.length === 0) continue;
    const { nextRun, scheduleKey } = await import('#runner/agents/schedule.ts');
    const last = parseObject((await readText(files, layout.schedule, limits.recordBytesMax)) ?? '') ?? {};
    for (const schedule of read.definition.schedule) {
      const ran = last[scheduleKey(schedule)];
      const lastMs = typeof ran === 'number' && ran <= nowMs ? ran : null;
      const nextMs = nextRun(schedule, lastMs ?? nowMs);
      rows.push({
        agent,
        when: schedule.kind === 'every' ? everyText(schedule.everyMs) : scheduleKey(schedule),
        lastAt: lastMs === null ? null : new Date(lastMs).toISOString(),
        nextAt: nextMs === null ? null : new Date(Math.max(nextMs, nowMs)).toISOString(),
      });
    }
  }
  return rows.sort((a, b) => ((a.nextAt ?? '~') < (b.nextAt ?? '~') ? -1 : 1));
}

const UNITS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
];

/** As agent.md says it: `every 2h`. */
function everyText(everyMs: number): string {
  const [unitMs, unit] = UNITS.find(([each]) => everyMs % each === 0) ?? [1_000, 's'];
  return `every ${everyMs / unitMs}${unit}`;
}
