/** The resident claude of an agent, from the agent's files alone: the newest turn's child, if it outlives its turn. */
import { type AgentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { isChildAlive } from '#runner/claude/child-elsewhere.ts';
import { rssMiB } from '#runner/claude/rss.ts';

export interface ResidentProcess {
  pid: number;
  /** Turns that it has taken. */
  turns: number;
  /** Memory; null where that cannot be read. */
  rssMiB: number | null;
}

/** `turn`: the agent's newest. null: no resident has taken it, or that is gone. */
export async function residentProcess(
  files: Files,
  layout: AgentLayout,
  turn: number,
): Promise<ResidentProcess | null> {
  const latest = turnLayout(layout.turns, turn);
  const intent = await readRecord<Intent>(files, latest.intent).catch(() => null);
  if (!intent?.resident) return null;
  const child = await readChild(files, latest);
  if (child.kind !== 'started' || !(await isChildAlive(files, latest, child.identity))) return null;
  const { identity } = child;
  const memory = rssMiB(identity);
  return {
    pid: identity.pid,
    turns: turn - intent.resident.first + 1,
    rssMiB: memory === null ? null : Math.round(memory),
  };
}
