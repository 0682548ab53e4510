/** Creates an agent on disk. agent.md is written last: until then, the directory does not count as an agent. */
import { open, stat } from 'node:fs/promises';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout, rootLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { beginLife } from '#blackboard/peers/agent-life.ts';
import { freeSessionName, holderOf, releaseName, reserveName } from '#blackboard/peers/session-names.ts';
import { givesUp } from '#blackboard/peers/sessions.ts';
import {
  badDataError,
  cannotCreateError,
  refusedError,
  temporaryError,
  usageError,
} from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import {
  type AgentOptions,
  composeAgentFile,
  type Here,
  listTemplates,
  readTemplate,
  type Template,
  templateDirectories,
} from '#runner/agents/agent-template.ts';
import { OVERLAP_RISK, rootOverlap } from '#runner/agents/root-overlap.ts';

export interface Added {
  layout: AgentLayout;
  definition: AgentDefinition;
  template: Template;
}

/**
 * Adds an agent. A crash half-way leaves a directory without agent.md, which is not an agent, and the next attempt
 * continues it. Throws 64 (reserved name, wrong option), 65 (invalid name, cwd does not exist), 66 (no such template),
 * 73 (it exists, or a session has the name), 77 (its cwd or an addDir contains the root, or the reverse).
 */
export async function addAgent(
  files: Files,
  order: { root: string; name: string; template?: string; options: AgentOptions; here: Here; shipped: string },
): Promise<Added> {
  const { root, name, here } = order;
  const wrong = whyNotAName(name);
  if (wrong?.endsWith('is reserved')) throw usageError(wrong, 'Choose another name.');
  if (wrong) throw badDataError(wrong, likeNameHint(name));
  const layout = agentLayout(root, name);
  if (await files.facts(layout.definition)) throw existsError(layout);
  if (await files.facts(layout.removed))
    throw temporaryError(
      `the agent "${name}" that was here is being removed`,
      `Complete that first: agent-runner remove ${name} --force`,
    );
  const directories = templateDirectories(root, order.shipped);
  const template = await readTemplate(
    files,
    directories,
    order.template ?? ((await listTemplates(files, directories)).includes(name) ? name : 'worker'),
  );
  const { text, definition } = composeAgentFile(template, order.options, here);
  await requireDirectory(definition.cwd);
  await requireApart(root, definition);
  await files.makeDirectory(layout.home);
  await files.syncDirectory(rootLayout(root).agents);
  await makeInbox(files, layout.inbox);
  await files.makeDirectory(layout.turns);
  // A reader that follows it may begin at once.
  await (await open(layout.transcript, 'a', 0o600)).close();
  await beginLife(files, layout.home);
  const self = selfIdentity();
  await reserveFromSessions(files, root, name, self);
  try {
    if ((await writeOnce(files, layout.definition, text)) === 'exists') throw existsError(layout);
  } finally {
    await releaseName(files, root, name, self);
  }
  return { layout, definition, template };
}

/**
 * Agents and sessions share one space of names. A session loses its aliases to an agent, and an ended session its name.
 */
async function reserveFromSessions(files: Files, root: string, name: string, self: ProcessIdentity): Promise<void> {
  const holder = await holderOf(files, root, name);
  if (holder !== null && (await givesUp(files, root, holder, name))) await freeSessionName(files, root, name, holder);
  if (await reserveName(files, root, name, self)) return;
  if ((await holderOf(files, root, name)) === null) throw temporaryError(`"${name}" is being made at this very moment`);
  throw cannotCreateError(
    `a session has the name "${name}"`,
    `Choose another one, or give the session another name: agent-runner rename ${name} <new-name>`,
  );
}

/** The name that was probably meant, if lower case and "-" make it valid. */
function likeNameHint(typed: string): string | undefined {
  const name = typed.toLowerCase().replace(/[\s_./]+/g, '-');
  return whyNotAName(name) === null ? `Take ${JSON.stringify(name)}.` : undefined;
}

const existsError = (layout: AgentLayout) =>
  cannotCreateError(
    `there is an agent "${layout.name}" already`,
    `Change it with: agent-runner edit ${layout.name} (it takes effect at once), or choose another name.`,
  );

async function requireApart(root: string, definition: AgentDefinition): Promise<void> {
  const overlap = rootOverlap(root, definition);
  if (!overlap) return;
  const flag = overlap.key === 'cwd' ? '--cwd' : '--add-dir';
  throw refusedError(
    `${overlap.sentence}: ${OVERLAP_RISK}`,
    `Name a directory apart from it: ${flag} <directory>. Or keep the root elsewhere: agent-runner --root <directory> init`,
  );
}

async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found) throw badDataError(`cwd ${path} does not exist`, `Make it with: mkdir -p ${quoted(path)}`);
  if (!found.isDirectory()) throw badDataError(`cwd ${path} is not a directory`, 'Name one with: --cwd <directory>');
}
