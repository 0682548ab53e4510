/** Explains what is known of a message: each step with the file that proves it, looked up again now. */
import { asksForReply } from '#blackboard/messages/message.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import type { Explain } from '#runner/results/messages.ts';
import { readHistory } from '#runner/status/message-history.ts';
import { type ProvenStep, provenSteps, stateOf } from '#runner/status/message-steps.ts';
import { openWords, PROVES } from '#runner/status/message-words.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { gistOf } from '#runner/verbs/gist.ts';

const GIST_CHARS = 100;

/** `id`: or its beginning. Throws 66 for an unknown message, 64 where the beginning fits several. */
export async function explain({ files, root }: VerbContext, { id }: { id: string }): Promise<Explain> {
  const history = await readHistory(files, root, await requireMessage(files, root, id));
  const { message, place, to } = history;
  const proven = provenSteps(history);
  const looked = async ({ step, evidence }: ProvenStep): Promise<Explain['steps'][number]> => {
    const found = await Promise.all(
      evidence.map(async each => ({ ...each, isThere: (await files.facts(each.path)) !== null })),
    );
    const turn = 'turn' in step ? step.turn : null;
    const isProven = found.every(({ isThere }) => isThere);
    return { step: step.step, at: step.at, turn, proves: PROVES[step.step], evidence: found, isProven };
  };
  const names = proven.map(({ step }) => step.step);
  const state = stateOf(
    proven.map(({ step }) => step),
    place,
  );
  const again = names.findLastIndex(name => name === 'failed' || name === 'released' || name === 'requeued');
  const open = openWords({
    state,
    shown: names.slice(again + 1),
    takesTurns: (await findPeer(files, root, to))?.kind.takesTurns === true,
    asks: message === null || asksForReply(message.kind),
  });
  return {
    id: history.id,
    to,
    from: message?.from ?? null,
    gist: (message && gistOf(message, GIST_CHARS)) || null,
    state,
    steps: await Promise.all(proven.map(looked)),
    open: open.map(word => ({ word, proves: PROVES[word] })),
  };
}
