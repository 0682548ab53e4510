/**
 * agent.md for those who only show it (`list`, `status`): what an earlier reader made of the very same text is used again, so
 * that YAML and the schema need not be loaded. Runners never act by it: they parse.
 */
import { join } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import type { AgentRead } from '#runner/agents/agent-directory.ts';
import { readDefinitionText } from '#runner/agents/definition-text.ts';
import { packageVersion } from '#runner/version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `run/definition.json`: what the text came to, and all that this depends on. Whole texts are compared: no clock is asked. */
interface Parsed {
  version: string;
  home: string;
  path: string;
  text: string;
  read: AgentRead;
}

/** Reads agent.md. Never throws for what is in it. What it had to parse it leaves for the next. */
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
  try {
    return text === null ? null : (JSON.parse(text) as Parsed);
  } catch {
    // Somebody else's file: it is parsed anew, and replaced.
    return null;
  }
}

/** Only speed is lost where this cannot be written (a full disk, a root that may only be read). */
async function leaveParsed(files: Files, layout: AgentLayout, parsed: Parsed): Promise<void> {
  try {
    await files.makeDirectory(layout.run);
    await replaceCopy(files, parsedPath(layout), JSON.stringify(parsed));
  } catch {
    // The next reader parses, too.
  }
}
