/**
 * The process that lends an agent's session to a person: it is named in `agents/<n>/lent`, in the form of a turn's `child`, from
 * before it asks for a turn until that turn is over. While it lives no other turn begins, and none without a child is sealed.
 */
import type { AgentLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import {
  formatIdentity,
  isAliveSync,
  type ProcessIdentity,
  parseIdentity,
} from '#blackboard/system/process-identity.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** alive: it is about to lend the session, or does · dead: it is gone, and what it began is finished by others · none: nobody. */
export type Lender = 'alive' | 'dead' | 'none';

export async function readLender(files: Files, { lent }: Pick<AgentLayout, 'lent'>): Promise<Lender> {
  const text = await readText(files, lent, 1024);
  if (text === null) return 'none';
  const identity = parseIdentity(text);
  return identity !== null && isAliveSync(identity) ? 'alive' : 'dead';
}

/**
 * Puts this process there, durably. Throws (75) where another one lends it. One that is dead makes room; where two find that at once,
 * the later one may remove the other's name: then that one waits longer, or its turn is sealed. The election still decides.
 */
export async function beLender(files: Files, layout: AgentLayout, self: ProcessIdentity): Promise<void> {
  for (;;) {
    if ((await writeOnce(files, layout.lent, formatIdentity(self))) === 'written') return;
    if ((await readLender(files, layout)) === 'alive')
      throw temporaryError(
        `another handover of ${layout.name} is under way`,
        `See: agent-runner status ${layout.name}`,
      );
    await files.remove(layout.lent);
  }
}
