/** Drops that cannot be taken and belong to no agent: on the board, and in inboxes of other peers. Changes nothing. */
import { sortBoardDrops } from '#blackboard/board/settle-drops.ts';
import { listDrops } from '#blackboard/inbox/drops.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { boardLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { isSessionId } from '#blackboard/peers/session-names.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';

/** Directories of sessions that we cannot write to: their owner is unknown. */
export async function deniedSessions(files: Files, root: string): Promise<{ path: string; errno: string }[]> {
  const found: { path: string; errno: string }[] = [];
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId)) {
    const path = sessionLayout(root, id).home;
    const errno = await files.obstacle(path, 'write');
    if (errno !== null) found.push({ path, errno });
  }
  return found;
}

export async function leftElsewhere(files: Files, root: string): Promise<{ where: string; drop: LeftDrop }[]> {
  const onBoard = await untaken(files, boardLayout(root).drop, (await sortBoardDrops(files, root)).work);
  const found = onBoard.map(drop => ({ where: 'the board', drop }));
  // Who takes turns says it with its own state (AgentFacts.left).
  for (const kind of PEER_KINDS.filter(({ takesTurns }) => !takesTurns))
    for (const { peer, inbox } of await kind.inboxes(files, root)) {
      const where = kind.isPerson ? `the ${peer}` : peer;
      for (const drop of await untaken(files, inbox.inbox, await listDrops(files, inbox))) found.push({ where, drop });
    }
  return found;
}
