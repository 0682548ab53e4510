/** Finds out what became of a message, each step with its time, from files only. */
import { requireMessage } from '#blackboard/peers/known-message.ts';
import type { Trace } from '#runner/results/messages.ts';
import { readHistory } from '#runner/status/message-history.ts';
import { stateOf, stepsOf } from '#runner/status/message-steps.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { gistOf, whatItAnswers } from '#runner/verbs/gist.ts';

const GIST_CHARS = 100;

/** `id`: or its beginning. Throws 66 for an unknown message, 64 where the beginning fits several. */
export async function trace({ files, root, env }: VerbContext, { id }: { id: string }): Promise<Trace> {
  const history = await readHistory(files, root, await requireMessage(files, root, id));
  const { message, place, to } = history;
  const steps = stepsOf(history);
  const state = stateOf(steps, place);
  return {
    id: history.id,
    to,
    from: message?.from ?? null,
    kind: message?.kind ?? null,
    subject: message?.subject ?? null,
    thread: message?.thread ?? null,
    gist: (message && gistOf(message, GIST_CHARS)) || null,
    inReplyTo: message?.inReplyTo ?? [],
    answers: message ? await whatItAnswers(files, root, message) : [],
    trace: message?.trace ?? null,
    hops: message?.hops ?? null,
    attachments: message?.attachments ?? [],
    state,
    place: place && { state: place.state, path: place.path },
    steps,
    waits: state === 'queued' ? await whyUnattended(files, root, to, Date.now(), env, place?.name?.priority) : null,
    clearedBefore: history.clearedBefore,
  };
}
