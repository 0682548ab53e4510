/** The windows of the plan that claude is logged in to, as a resident claude told them last: `probes/plan.json`. */
import { dirname } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';
import type { PlanWindow } from '#hooks/claude/control-answers.ts';

export interface Plan {
  /** When they were asked for. */
  at: string;
  windows: PlanWindow[];
}

/** Without what has begun again since; null: nothing is known. A damaged file counts as none: the next answer replaces it. */
export async function readPlan(files: Files, root: string, nowMs: number): Promise<Plan | null> {
  const text = await readText(files, rootLayout(root).plan, limits.recordBytesMax).catch(() => null);
  const { at, windows } = (parseObject(text ?? '') ?? {}) as Partial<Plan>;
  if (typeof at !== 'string' || !Array.isArray(windows)) return null;
  const current = windows.filter(({ used, resetsAt }) => {
    const untilMs = resetsAt === null ? Date.parse(at) + limits.planKeepMs : Date.parse(resetsAt);
    return typeof used === 'number' && untilMs > nowMs;
  });
  return current.length > 0 ? { at, windows: current } : null;
}

/** Not fsynced: it is asked for again. */
export async function writePlan(files: Files, root: string, plan: Plan): Promise<void> {
  const path = rootLayout(root).plan;
  await files.makeDirectory(dirname(path));
  await replaceCopy(files, path, `${JSON.stringify(plan)}\n`);
}

/** The fullest window, if more than this part of it is used. */
export function fullWindow(plan: Plan | null, part: number): PlanWindow | null {
  const [fullest] = (plan?.windows ?? []).toSorted((a, b) => b.used - a.used);
  return fullest && fullest.used > part ? fullest : null;
}
