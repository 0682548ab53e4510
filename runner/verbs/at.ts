/**
 * Sends a message that waits in the recipient's inbox/later until an instant. The recipient's runner takes it up then.
 */
import type { At } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type SendInput, send } from '#runner/verbs/send.ts';

/** `when`: an instant as people write it (`18:30`, `+2h`). Throws what `send` throws, and 64 for an unreadable or past time. */
export const at = (
  context: VerbContext,
  { when, ...input }: Omit<SendInput, 'notBefore'> & { when: string },
): Promise<At> => send(context, { ...input, notBefore: when });
