/** Asks every peer of a group at once, and waits for all the replies. */
import { reasonOf } from '#blackboard/system/errors.ts';
import type { AskGroup } from '#runner/results/messages.ts';
import { type AskInput, type AskOptions, ask } from '#runner/verbs/ask.ts';
import { wholeText } from '#runner/verbs/broadcast.ts';
import { takeBroadcast } from '#runner/verbs/broadcast-pace.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { recipientsOf } from '#runner/verbs/recipients.ts';
import { findSender } from '#runner/verbs/sender.ts';

/**
 * `to`: `@group`. One that cannot be asked, or does not answer, keeps nobody else from it. Throws 64 and 66 as a broadcast does, 77 for too
 * many in a minute.
 */
export async function askGroup(context: VerbContext, input: AskInput, options: AskOptions): Promise<AskGroup> {
  const { files, root, env } = context;
  const text = await wholeText(input.text, input.files.length > 0);
  const sender = await findSender(files, root, env, input.from);
  const wanted = { to: [input.to], except: [], only: null };
  const { peers, missing } = await recipientsOf(files, root, wanted, { name: sender.peer, id: sender.peerId });
  await takeBroadcast(files, root, sender, Date.now());
  const nothing = { id: null, reply: null, outcome: null, denials: [] };
  const asked = peers.map(async ({ name }) => {
    try {
      return { to: name, ...(await ask(context, { ...input, to: name, text }, options)) };
    } catch (error) {
      return { to: name, ...nothing, reason: reasonOf(error) };
    }
  });
  return [
    ...(await Promise.all(asked)),
    ...missing.map(({ name, problem }) => ({ to: name, ...nothing, reason: problem })),
  ];
}
