/** `self`, by a process that outlives the tool call it is asked for in: how the call starts it, and what that process does. */
import { isRunnerError } from '#blackboard/system/errors.ts';
import type { OwnCommand } from '#runner/results/panes.ts';
import { sayFirst, startApart } from '#runner/service/start-apart.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type SelfOrder, self } from '#runner/verbs/self.ts';

/** Returns when that process waits: it has proven by then who calls, and throws what `self` throws before it waits. */
export const selfApart = ({ root }: VerbContext, { command, timeoutMs }: SelfOrder): Promise<OwnCommand> =>
  startApart(['--root', root, 'self', '--wait', '--timeout', String(timeoutMs / 1000), '--', command]);

/** Waits here, and tells who has started this process, if it was {@link selfApart}, that it waits or why not. */
export async function selfHere(context: VerbContext, order: SelfOrder): Promise<OwnCommand> {
  try {
    return await self(context, order, queued => sayFirst({ queued }));
  } catch (error) {
    if (isRunnerError(error)) {
      const { code, message, kind, exit, hint } = error;
      await sayFirst({ refused: { code, message, kind, exit, hint } });
    }
    throw error;
  }
}
