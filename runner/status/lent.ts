/** Whether an agent's session is lent to a person now, and in which words that holds the agent up. */
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { readLender } from '#blackboard/turns/lent.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { isChildAlive } from '#runner/claude/child-elsewhere.ts';
import type { Loan } from '#runner/status/blockers.ts';

/** `open`: the newest turn, if it is not closed. null: it is the agent's own. */
export async function lentNow(files: Files, layout: AgentLayout, open: TurnLayout | null): Promise<Loan | null> {
  const intent = open && (await readRecord<Intent>(files, open.intent).catch(() => null));
  if (open && intent?.kind === 'lent') {
    const child = await readChild(files, open);
    if (child.kind === 'started' && (await isChildAlive(files, open, child.identity)))
      return { sinceMs: Date.parse(intent.at), isBegun: true };
  }
  if ((await readLender(files, layout)) !== 'alive') return null;
  return { sinceMs: (await files.facts(layout.lent))?.mtimeMs ?? null, isBegun: false };
}
