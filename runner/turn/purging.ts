/** Removes a dead letter for good. Its outcome stays until retention, so it must have one. */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { purgedName } from '#blackboard/inbox/deliver.ts';
import { outcomeOf } from '#blackboard/inbox/outcome.ts';
import { agentOf } from '#blackboard/peers/agent.ts';
import type { DeadLetter } from '#blackboard/peers/dead-letters.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';
import { type Burier, finishBurial } from '#runner/turn/burial.ts';

/**
 * On disk: finishes an interrupted burial → renames the dead letter to `tmp/purged-<nonce>`, which only one process can
 * do and nobody can undo → removes its attachments → the dead letter → its reason. A crash half-way leaves what the
 * runner removes. "gone": another process moved it (requeued or removed it), and nothing has changed.
 */
export async function purge(burier: Burier, letter: DeadLetter): Promise<'removed' | 'gone'> {
  const { files } = burier;
  const { inbox, peer, id, path, name, reason } = letter;
  if (name && !(await outcomeOf(files, inbox, name))) {
    const known = { id, inbox, peer: agentOf(peer) };
    await finishBurial(burier, known, { state: 'dead', path, name, turn: null }, { reason, isFinal: true });
  }
  const mine = join(inbox.tmp, purgedName());
  if ((await files.move(path, mine)) === 'gone') return 'gone';
  await files.syncDirectory(inbox.tmp);
  await files.syncDirectory(inbox.dead);
  if (name) for await (const _step of removeTree(files, join(inbox.files, id)));
  for await (const _step of removeTree(files, mine));
  await files.remove(`${path}${REASON_SUFFIX}`);
  await files.syncDirectory(inbox.dead);
  const at = new Date(burier.clock.nowMs()).toISOString();
  await recordEvents(files, inbox, at, { type: 'message.purged', id, by: burier.by });
  return 'removed';
}
