/** Opens a new interactive session of claude in tmux. */
import { resolve } from 'node:path';
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Spawned } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type OpenOrder, openSession } from '#runner/verbs/open-session.ts';

export interface SpawnOrder extends OpenOrder {
  /** The conversation that it goes on with: claude's id of it. */
  resume: string | null;
}

/** Throws what `openSession` throws, and 77 to an agent and a session. */
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
  const resumed = resume === null ? [] : ['--resume', resume];
  return openSession(context, { ...order, cwd: resolve(cwd), args: [...resumed, ...args] });
}
