/** The pane in which the session stands whose tool call this is: by the processes, claude's registry and our hooks, and what tmux tells. */
import { type SessionPeer, sessionOfProcess } from '#blackboard/peers/sessions.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import { lineageOf, type ProcessIdentity, startTimeSync } from '#blackboard/system/process-identity.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { openSessions } from '#hooks/claude/session-registry.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { PaneView } from '#runner/panes/look.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';

export interface OwnPane {
  view: PaneView;
  peer: SessionPeer;
}

/**
 * Throws 66 if its session is in no pane, 69 without tmux, 77 unless a session's tool call is what calls. `line`: this process and all
 * above it.
 */
export async function requireOwnPane(
  context: VerbContext,
  line: readonly ProcessIdentity[] = lineageOf(process.pid),
): Promise<OwnPane> {
  const { files, root, env } = context;
  const caller = await callerOf(files, root, env);
  if (caller.kind === 'agent')
    throw refusedError(`self is for a session in tmux: a turn of ${caller.peer} has no pane`);
  const nearest = await nearestClaude(line, claudeConfigDir(env));
  const peer = nearest && (await sessionOfProcess(files, root, nearest));
  if (caller.kind === 'operator' || !peer)
    throw refusedError(
      'self is for a tool call of a session in tmux, and none is above this process',
      'In a terminal of yours: agent-runner cmd <peer> /<command>',
    );
  const view = await paneOf(context, { name: peer.id });
  if (view.open?.pid !== nearest.pid)
    throw refusedError(`another claude than the one that calls is in ${view.pane.address}`);
  // Set by tmux for what runs in the pane; who has set it to another one means that one.
  if (env.TMUX_PANE !== undefined && env.TMUX_PANE !== view.pane.id)
    throw refusedError(`TMUX_PANE says ${env.TMUX_PANE}, and the session that calls is in ${view.pane.id}`);
  return { view, peer };
}

/** The claude that has started this process, with no other one in between; null: none that has a session open. */
async function nearestClaude(line: readonly ProcessIdentity[], configDir: string): Promise<ProcessIdentity | null> {
  const open = new Set<string>();
  for await (const { pid, startTime } of openSessions(configDir, startTimeSync)) open.add(`${pid} ${startTime}`);
  return line.find(({ pid, startTime }) => open.has(`${pid} ${startTime}`)) ?? null;
}
