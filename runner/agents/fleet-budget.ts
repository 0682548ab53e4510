/** The day's budget of all agents, for commands that only look at them: YAML is loaded for an unusual spelling alone. */
import { rootLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

const PLAIN = /^perDayUsd:[ \t]+(\d+(?:\.\d+)?)[ \t]*(?:#.*)?\r?$/m;

/** `perDayUsd` of config.yaml. Infinity: the file cannot be read, and no runner would start. */
export async function readFleetBudget(files: Files, root: string): Promise<number> {
  try {
    const text = (await readText(files, rootLayout(root).config, limits.recordBytesMax)) ?? '';
    if (!text.includes('perDayUsd')) return limits.fleetPerDayUsd;
    const plain = PLAIN.exec(text)?.[1];
    if (plain !== undefined) return Number(plain);
    const { readConfig } = await import('#runner/agents/config.ts');
    return (await readConfig(files, root)).perDayUsd;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
