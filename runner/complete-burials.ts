/** A cancel that died between its rename to dead and its last word is completed by whoever looks after the agent next. */
import { join } from 'node:path';
import { readText } from '../blackboard/files.ts';
import { REASON_SUFFIX } from '../blackboard/inbox/bury.ts';
import { limits } from '../blackboard/limits.ts';
import { formatMessageName, sortMessageNames } from '../blackboard/message-name.ts';
import type { AgentContext } from './agent-ports.ts';
import { finishBurial } from './cancelling.ts';

/** Letters that are known to have their outcome. Lives in memory: after a restart all are looked at once more. */
export type Completed = Set<string>;

const CANCELLED_BY = /^cancelled by (\S+)/;

/** Gives every dead letter without an outcome its reason, notes and outcome. Returns how many there were. */
export async function completeBurials(context: AgentContext, completed: Completed): Promise<number> {
  const { files, root, clock, layout } = context;
  const { inbox } = layout;
  let found = 0;
  for (const name of sortMessageNames(await files.list(inbox.dead))) {
    if (completed.has(name.id)) continue;
    if (!(await files.facts(join(inbox.outcomes, name.id)))) {
      const path = join(inbox.dead, formatMessageName(name));
      const reason = (await readText(files, `${path}${REASON_SUFFIX}`, limits.recordBytesMax))?.trim() || 'cancelled';
      const by = CANCELLED_BY.exec(reason)?.[1] ?? '';
      const known = { id: name.id, peer: layout.name, inbox };
      await finishBurial({ files, root, clock, by }, known, { state: 'dead', path, name, turn: null }, reason);
      found++;
    }
    completed.add(name.id);
  }
  return found;
}
