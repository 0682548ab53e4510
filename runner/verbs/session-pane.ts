/** The pane of a session, however somebody calls it: by a name, an id, or the address of the pane. */
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { isRunnerError, noSuchError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { isPaneAddress, usesTmux } from '#runner/panes/server-socket.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface SessionOrder {
  name: string;
  /** --socket: of the tmux server. */
  socket?: string | undefined;
}

/** Whether the word may mean a session or a pane. What is neither is looked for among the agents, and that says who there is. */
export async function meansSession(
  { files, root, env }: VerbContext,
  { name, socket }: SessionOrder,
): Promise<boolean> {
  const peer = await findPeer(files, root, name);
  if (peer) return peer.kind === sessionKind;
  if (isPaneAddress(name) || usesTmux(env, socket)) return true;
  const { findTarget } = await import('#runner/panes/find-pane.ts');
  return (await findTarget({ files, root, env }, name)).peer !== null;
}

/** Throws 66 if nobody is called so, 69 without tmux. */
export async function paneOf({ files, root, env }: VerbContext, { name, socket }: SessionOrder): Promise<PaneView> {
  const { findTarget, requirePane } = await import('#runner/panes/find-pane.ts');
  const context = { files, root, env, socket };
  const target = await findTarget(context, name);
  try {
    return await requirePane(context, target);
  } catch (error) {
    // A word that is no address may have been meant for an agent.
    const isUnknown = isRunnerError(error) && ['no-such', 'not-running'].includes(error.code);
    if (isUnknown && target.sessionId === null && !isPaneAddress(name))
      throw (await findPeer(files, root, name)) ? notInTmux(name) : await unknownSession(files, root, name);
    throw error;
  }
}

/** Nobody at all is called so. */
async function unknownSession(files: Files, root: string, name: string): Promise<Error> {
  const names = await sessionKind.names(files, root);
  const nearest = nearestName(name, [...names, ...(await listAgents(files, root))]);
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return noSuchError(
    `there is no session, pane or agent ${quotedName(name, limits.nameShownCharsMax)}`,
    nearest
      ? `Did you mean "${nearest}"?`
      : names.length > 0
        ? `Sessions: ${names.slice(0, NAMED_MAX).join(', ')}${more}.`
        : 'See all with: agent-runner list',
  );
}

const NAMED_MAX = 8;

/** The error for a name that is no session's, but somebody else's. */
const notInTmux = (name: string) =>
  noSuchError(`"${name}" is no session in tmux`, `What it does: agent-runner status ${name}`);
