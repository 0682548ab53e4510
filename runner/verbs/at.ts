/** Delivers a message that is held until an instant: it waits in the recipient's inbox/later, and its runner takes it up then. */
import type { At } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type SendInput, send } from '#runner/verbs/send.ts';

/** `when`: an instant as people write it (`18:30`, `+2h`). Throws what `send` throws, and 64 for a time that cannot be read or has passed. */
export const at = (
  context: VerbContext,
  { when, ...input }: Omit<SendInput, 'notBefore'> & { when: string },
): Promise<At> => send(context, { ...input, notBefore: when });
