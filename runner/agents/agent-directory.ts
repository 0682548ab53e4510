/** What a runner reads of an agent: agent.md. It is parsed again only when the file has changed. */

import type { AgentLayout } from '#blackboard/layout.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type AgentDefinition, parseAgentFile, scheduleParserFor } from '#runner/agents/agent-file.ts';
import { readDefinitionText } from '#runner/agents/definition-text.ts';

export type AgentRead =
  | { kind: 'usable'; definition: AgentDefinition }
  | { kind: 'broken'; problem: string }
  | { kind: 'gone' };

/** Reads agent.md. Never throws for what is in it. */
export async function readAgent(
  files: Files,
  layout: Places,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgentRead> {
  const text = await readDefinitionText(files, layout);
  if (typeof text === 'object') return text ?? { kind: 'gone' };
  return readAgentText(text, layout, env);
}

/** Parses a text as the agent's agent.md. Never throws. */
export async function readAgentText(
  text: string,
  layout: Places,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgentRead> {
  try {
    const parseSchedule = await scheduleParserFor(text);
    const home = homeOrNone(env);
    return { kind: 'usable', definition: parseAgentFile(text, layout.definition, home, layout.home, parseSchedule) };
  } catch (error) {
    return { kind: 'broken', problem: reasonOf(error) };
  }
}

type Places = Pick<AgentLayout, 'name' | 'home' | 'definition'>;

export interface AgentReader {
  /** The same, parsed again only when the file has changed. */
  read(layout: Places): Promise<AgentRead>;
}

export function createAgentReader(
  files: Files,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number,
): AgentReader {
  const known = new Map<string, { facts: FileFacts; read: AgentRead }>();
  /** The target of a link can change without a sign at the link: texts are compared. */
  const linked = new Map<string, { text: string; read: AgentRead }>();

  const readLinked = async (layout: Places): Promise<AgentRead> => {
    const text = await readDefinitionText(files, layout);
    if (typeof text === 'object') return text ?? { kind: 'gone' };
    const last = linked.get(layout.name);
    if (last?.text === text) return last.read;
    const fresh = await readAgentText(text, layout, env);
    linked.set(layout.name, { text, read: fresh });
    return fresh;
  };

  const read = async (layout: Places): Promise<AgentRead> => {
    // If the directory cannot be read, reading the file says so.
    const facts = await unlessDenied(files.facts(layout.definition), null);
    if (facts?.kind === 'link') return readLinked(layout);
    const last = known.get(layout.name);
    if (facts && last && isSame(facts, last.facts)) return last.read;
    const fresh = await readAgent(files, layout, env);
    // A file that changed just now may change again with the same mtime.
    if (facts && nowMs() - facts.mtimeMs > limits.racyMs) known.set(layout.name, { facts, read: fresh });
    else known.delete(layout.name);
    return fresh;
  };

  return { read };
}

const isSame = (a: FileFacts, b: FileFacts): boolean =>
  a.inode === b.inode && a.mtimeMs === b.mtimeMs && a.sizeBytes === b.sizeBytes;
