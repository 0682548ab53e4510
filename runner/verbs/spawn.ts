/** Opens a new interactive session of claude in tmux. */
import { resolve } from 'node:path';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { refusedError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { startTimeSync } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { findSessionOwner } from '#hooks/claude/session-registry.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Spawned } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type OpenOrder, openSession } from '#runner/verbs/open-session.ts';

export interface SpawnOrder extends OpenOrder {
  /** The conversation that it goes on with: claude's id of it. */
  resume: string | null;
}

/** Throws what `openSession` throws, 75 for a session that is open, and 77 for an agent's, and to an agent and a session. */
export async function spawn(context: VerbContext, { resume, args, cwd, ...order }: SpawnOrder): Promise<Spawned> {
  await refuseAgents(context.files, context.root, context.env, 'spawn');
  const [first] = args;
  if (first !== undefined && !first.startsWith('-'))
    throw usageError(
      `expected an option of claude behind --, got ${quotedName(first, limits.nameShownCharsMax)}`,
      'A text goes with --prompt.',
    );
  if (resume !== null && !/^[0-9a-f-]{36}$/i.test(resume))
    throw usageError(
      `--resume: expected the id of a session, got ${quotedName(resume, limits.nameShownCharsMax)}`,
      'claude prints it when a session ends; those that are known: agent-runner list',
    );
  if (args.some(each => /^(?:--resume|-r|--continue|-c)(?:=|$)/.test(each)))
    throw usageError('what is gone on with is said by --resume <id>, before --');
  if (resume !== null) await requireUnused(context, resume);
  const resumed = resume === null ? [] : ['--resume', resume];
  return openSession(context, { ...order, cwd: resolve(cwd), args: [...resumed, ...args] });
}

/** Two processes part a conversation in silence (2.1.332), and an agent's is its turns'. */
async function requireUnused({ files, root, env }: VerbContext, id: string): Promise<void> {
  const owner = await findSessionOwner(claudeConfigDir(env), id, startTimeSync);
  if (owner)
    throw temporaryError(
      `the session ${id} is open in another process (pid ${owner.pid})`,
      `A new one that begins from it: agent-runner fork ${id}`,
    );
  for (const name of await files.list(rootLayout(root).agents)) {
    const session = await readRecord<{ id: string }>(files, agentLayout(root, name).session).catch(() => null);
    if (session?.id === id)
      throw refusedError(
        `the session ${id} is that of the agent ${name}`,
        `Open it with: agent-runner handover ${name}`,
      );
  }
}
