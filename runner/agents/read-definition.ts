/**
 * agent.md for commands that only show it (`list`, `status`): the result of an earlier parse of the same text is used
 * again, so that YAML and the schema need not be loaded. Runners never use it: they parse.
 */

import { join } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';
import type { AgentRead } from '#runner/agents/agent-directory.ts';
import { readDefinitionText } from '#runner/agents/definition-text.ts';
import { packageVersion } from '#runner/version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `run/definition.json`: the parsed text, and everything it depends on. Whole texts are compared, not times. */
interface Parsed {
  version: string;
  home: string;
  path: string;
  text: string;
  read: AgentRead;
}

/** Reads agent.md. Never throws because of its content. Saves what it had to parse for the next reader. */
export async function readDefinition(files: Files, layout: AgentLayout, env: Env): Promise<AgentRead> {
  const text = await readDefinitionText(files, layout);
  if (typeof text === 'object') return text ?? { kind: 'gone' };
  const place = { version: packageVersion(), home: homeOrNone(env), path: layout.definition, text };
  const known = await readParsed(files, layout);
  if (known && isSame(known, place)) return known.read;
  const { readAgentText } = await import('#runner/agents/agent-directory.ts');
  const read = await readAgentText(text, layout, env);
  await leaveParsed(files, layout, { ...place, read });
  return read;
}

const parsedPath = (layout: AgentLayout): string => join(layout.run, 'definition.json');

const isSame = (known: Parsed, now: Omit<Parsed, 'read'>): boolean =>
  known.text === now.text && known.version === now.version && known.home === now.home && known.path === now.path;

async function readParsed(files: Files, layout: AgentLayout): Promise<Parsed | null> {
  const text = await readText(files, parsedPath(layout), limits.recordBytesMax);
  // A foreign file: agent.md is parsed again, and the file replaced.
  return text === null ? null : (parseObject(text) as Parsed | null);
}

/** If this cannot be written (a full disk, a read-only root), only speed is lost. */
async function leaveParsed(files: Files, layout: AgentLayout, parsed: Parsed): Promise<void> {
  try {
    await files.makeDirectory(layout.run);
    await replaceCopy(files, parsedPath(layout), JSON.stringify(parsed));
  } catch {
    // The next reader parses, too.
  }
}
