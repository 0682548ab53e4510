/** What agent.md names and a turn needs to start: its directory, its settings, its MCP servers. */
import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';

/** What is wrong, in words, and what fixes it. */
export interface Missing {
  problem: string;
  remedy: string;
}

/** The first that is missing, or null. Without it a turn would fail message after message: the queue waits instead. */
export async function missingFor(
  definition: Pick<AgentDefinition, 'cwd' | 'settings' | 'mcpConfig'>,
): Promise<Missing | null> {
  const { cwd, settings, mcpConfig } = definition;
  if (!isAccessible(cwd, constants.X_OK))
    return { problem: `cwd ${cwd} does not exist or cannot be entered`, remedy: 'make it, or change cwd in agent.md' };
  const unread = typeof settings === 'string' ? await whyNoSettings(settings) : null;
  if (unread) return { problem: unread, remedy: 'mend it, or change settings in agent.md' };
  if (mcpConfig !== undefined && !isAccessible(mcpConfig, constants.R_OK))
    return { problem: `mcpConfig ${mcpConfig} cannot be read`, remedy: 'make it, or change mcpConfig in agent.md' };
  return null;
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

async function whyNoSettings(path: string): Promise<string | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject ? null : `settings ${path} are no JSON object`;
  } catch (error) {
    return `settings ${path} cannot be read as JSON (${reasonOf(error)})`;
  }
}
