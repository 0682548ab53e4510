/** Delivers a message. On the path of `send`: loads nothing heavy. */

import type { Send } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { addressLetter, deliverLetter, type Letter, readWords, saying } from '#runner/verbs/outgoing.ts';
import { wakeSession } from '#runner/verbs/wake-session.ts';

export interface SendInput extends Letter {
  /** Also finds out why nobody would work on it now. */
  explains?: boolean;
}

/**
 * Wakes an idle session for it, unless `wake` is false. Throws 64 for an empty message and wrong options, 65 if the key was used
 * for something else, 66 for an unknown peer or file, 75 if the queue is full, 77 for too many hops and for files that this
 * turn may not send.
 */
export async function send({ files, root, env }: VerbContext, input: SendInput): Promise<Send> {
  const found = await addressLetter(files, root, env, input, Date.now());
  const words = await readWords(input);
  const addressed = saying(found, input, words);
  const { id, to, notBeforeMs } = addressed;
  const delivery = await deliverLetter(files, input, addressed, words);
  const woken = input.wake === false ? null : await wakeSession(root, addressed);
  const sent = {
    id,
    to,
    kind: addressed.kind,
    delivery,
    ...(notBeforeMs === null ? {} : { notBefore: new Date(notBeforeMs).toISOString() }),
  };
  if (!input.explains) return sent;
  const { whyUnattended } = await import('#runner/status/unattended.ts');
  const { reachOf } = await import('#runner/verbs/reach.ts');
  const waits = await whyUnattended(files, root, to, Date.now(), env, input.priority);
  const reach = notBeforeMs === null ? await reachOf(files, root, addressed.peer, { woken, waits }) : null;
  return { ...sent, waits, reach };
}
