/** Completes a burial that died between its rename to dead and its outcome; the agent's next runner does this. */

import { join } from 'node:path';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { outcomePath } from '#blackboard/inbox/outcome.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { finishBurial } from '#runner/turn/burial.ts';
import { readLetter } from '#runner/turn/read-letter.ts';

/** Dead letters that are known to have their outcome. Kept in memory: after a restart all are looked at once more. */
export type Completed = Set<string>;

/** Whose inbox it is: an agent's, the operator's. */
type Kept = Pick<AgentContext, 'files' | 'root' | 'clock'> & { layout: Pick<AgentContext['layout'], 'name' | 'inbox'> };

const CANCELLED_BY = /^cancelled by (\S+)/;

/**
 * Gives every dead letter without an outcome its reason, notes and outcome. Returns how many there were. One that also
 * exists elsewhere is not dead: there was a power loss while it was moved, and nobody was told that it had been.
 */
export async function completeBurials(context: Kept, completed: Completed): Promise<number> {
  const { files, root, clock, layout } = context;
  const { inbox } = layout;
  let found = 0;
  for (const name of sortMessageNames(await files.list(inbox.dead))) {
    const entry = formatMessageName(name);
    if (completed.has(entry)) continue;
    const path = join(inbox.dead, entry);
    if (await standsTwice(context, path, name.id)) {
      await files.remove(path);
      await files.syncDirectory(inbox.dead);
      continue;
    }
    if (!(await files.facts(outcomePath(inbox, name)))) {
      const written = await unlessDenied(readText(files, `${path}${REASON_SUFFIX}`, limits.recordBytesMax), null);
      // Only a cancel leaves a message that can be read without a reason.
      const letter = written?.trim() ? null : await readLetter(files, path, name.id, [inbox.dead]);
      const reason = written?.trim() || (letter && 'unfit' in letter ? letter.unfit : 'cancelled');
      const by = CANCELLED_BY.exec(reason)?.[1] ?? '';
      const known = { id: name.id, peer: layout.name, inbox };
      await finishBurial({ files, root, clock, by }, known, { state: 'dead', path, name, turn: null }, { reason });
      found++;
    }
    completed.add(entry);
  }
  return found;
}

/** Its names are those in ids and in dead; a third one is another place. */
async function standsTwice({ files, layout }: Kept, path: string, id: string): Promise<boolean> {
  const letter = await files.facts(path);
  if (!letter || letter.links < 3) return false;
  const place = await locate(files, layout.inbox, id);
  return place !== null && place.state !== 'dead' && (await files.facts(place.path))?.inode === letter.inode;
}
