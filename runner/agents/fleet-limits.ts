/** What commands that only look at agents need of config.yaml: YAML is loaded for an unusual spelling, or for `pace`. */
import { rootLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface FleetLimits {
  /** The day's budget of all agents. Infinity: the file cannot be read, and no runner would start. */
  perDayUsd: number;
  /** The part of a plan's window from which on low-priority work waits; absent: it never does. */
  pace?: { window: number } | undefined;
}

const PLAIN = /^perDayUsd:[ \t]+(\d+(?:\.\d+)?)[ \t]*(?:#.*)?\r?$/m;

export async function readFleetLimits(files: Files, root: string): Promise<FleetLimits> {
  try {
    const text = (await readText(files, rootLayout(root).config, limits.recordBytesMax)) ?? '';
    const plain = text.includes('perDayUsd') ? PLAIN.exec(text)?.[1] : limits.fleetPerDayUsd;
    if (plain !== undefined && !text.includes('pace')) return { perDayUsd: Number(plain) };
    const { readConfig } = await import('#runner/agents/config.ts');
    return await readConfig(files, root);
  } catch {
    return { perDayUsd: Number.POSITIVE_INFINITY };
  }
}
