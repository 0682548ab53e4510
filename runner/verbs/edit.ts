/**
 * Changes agent.md: a valid new text replaces it in one rename; an invalid one changes nothing. A link stays a link.
 */
import { chmod, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import {
  badDataError,
  cannotCreateError,
  configurationError,
  errnoOf,
  noSuchError,
  temporaryError,
} from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { LOST_LINK_HINT, lostLink } from '#blackboard/system/lost-link.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface DefinitionText {
  name: string;
  /** agent.md. */
  path: string;
  text: string;
}

/** What agent.md says now. Throws 66 for an unknown agent, 78 where it is a link that leads nowhere. */
export async function definitionText(
  { files, root }: VerbContext,
  { name }: { name: string },
): Promise<DefinitionText> {
  const { definition: path } = await requireAgent(files, root, name);
  const text = await readText(files, path, limits.recordBytesMax);
  if (text !== null) return { name, path, text };
  const lost = await lostLink(files, path);
  throw lost ? configurationError(lost, LOST_LINK_HINT) : noSuchError(`${path} is gone`);
}

export interface EditOrder {
  name: string;
  /** What agent.md said when the change began. */
  before: string;
  text: string;
  /** A copy of the new text, named in errors. */
  keptIn?: string;
}

export interface Edited {
  name: string;
  path: string;
  /** false: the text is the same. */
  changed: boolean;
}

/** Throws 78 where the text is not valid, 75 where somebody else changed agent.md meanwhile, 73 where a link's file cannot be replaced. */
export async function edit({ files, root, env }: VerbContext, order: EditOrder): Promise<Edited> {
  const { name, before, text } = order;
  await refuseAgents(files, root, env, 'edit');
  const layout = await requireAgent(files, root, name);
  const path = layout.definition;
  if (text === before) return { name, path, changed: false };
  if (Buffer.byteLength(text) > limits.recordBytesMax)
    throw badDataError(`agent.md would be longer than ${limits.recordBytesMax} bytes`);
  parseAgentFile(text, path, homeOrNone(env), layout.home);
  await replace(files, layout, order);
  return { name, path, changed: true };
}

/** One rename. Never overwrites what somebody else wrote meanwhile. */
async function replace(files: Files, layout: AgentLayout, { before, text, keptIn }: EditOrder): Promise<void> {
  const { definition, home } = layout;
  if ((await readText(files, definition, limits.recordBytesMax)) !== before)
    throw temporaryError(
      `${definition} was changed by somebody else meanwhile; it stays as it is`,
      keptIn ? `Compare: diff ${quoted(definition)} ${quoted(keptIn)}` : 'Read what it says now, and change that.',
    );
  if ((await files.facts(definition))?.kind === 'link') return writeThrough(definition, text, keptIn);
  // No runner takes this name for agent.md.
  const draft = join(home, `draft-${newNonce().slice(0, 12)}.md`);
  await files.create(draft, text);
  if ((await files.move(draft, definition)) === 'gone')
    throw temporaryError(`${draft} was gone before it became ${definition}, which stays as it is`);
  await files.syncDirectory(home);
}

/** Replaces the file behind the link, with its mode. */
async function writeThrough(link: string, text: string, keptIn: string | undefined): Promise<void> {
  try {
    const target = await realpath(link);
    const aside = `${target}.tmp-${newNonce().slice(0, 12)}`;
    const { mode } = await stat(target);
    await writeFile(aside, text, { flag: 'wx', mode: 0o600, flush: true });
    await chmod(aside, mode & 0o777);
    await rename(aside, target);
  } catch (error) {
    throw cannotCreateError(
      `the file that ${link} leads to cannot be replaced: ${errnoOf(error) ?? error}`,
      keptIn ? `Your text is kept in ${quoted(keptIn)}.` : undefined,
    );
  }
}
