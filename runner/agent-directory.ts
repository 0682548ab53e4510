/** What a runner reads of an agent before each look: agent.md, and whether it is to run at all. */
import { homedir } from 'node:os';
import { reasonOf } from '../blackboard/errors.ts';
import { type Files, readText } from '../blackboard/files.ts';
import { type AgentLayout, agentLayout } from '../blackboard/layout.ts';
import { limits } from '../blackboard/limits.ts';
import { type AgentDefinition, parseAgentFile } from './agent-file.ts';

export type AgentRead =
  | { kind: 'usable'; definition: AgentDefinition }
  | { kind: 'broken'; problem: string }
  | { kind: 'gone' };

/** Reads agent.md. Never throws for what is in it. */
export async function readAgent(
  files: Files,
  layout: AgentLayout,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgentRead> {
  const text = await readText(files, layout.definition, limits.recordBytesMax);
  if (text === null) return { kind: 'gone' };
  try {
    return { kind: 'usable', definition: parseAgentFile(text, layout.definition, env.HOME ?? homedir(), layout.home) };
  } catch (error) {
    return { kind: 'broken', problem: reasonOf(error) };
  }
}

/** Whether a runner should have this agent: it is there, enabled, and nobody stopped it. A broken one keeps its loop. */
export async function wantsRunner(
  files: Files,
  root: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const layout = agentLayout(root, name);
  const read = await readAgent(files, layout, env);
  if (read.kind === 'gone' || (await files.facts(layout.stop))) return false;
  return read.kind === 'broken' || read.definition.enabled;
}
