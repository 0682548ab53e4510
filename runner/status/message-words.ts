/** What each word of a message's way proves when it is shown: one sentence, as docs/message-words.md has it. */
import type { Explain, MessageWord } from '#runner/results/messages.ts';

export const PROVES: Readonly<Record<Explain['steps'][number]['step'], string>> = {
  queued: 'The message is accepted: its id is taken, and its file is on disk.',
  claimed: 'One turn, or one hook of its session, has taken it.',
  started: 'A process was started for the turn that has it.',
  seen: 'The model has written something after it had the text.',
  ended: 'The turn is over, and how it ended is decided.',
  replied: 'It was answered, and the answer was delivered, or it is said why not.',
  done: 'It asked for no answer, and was dealt with.',
  dead: 'It was given up, for the reason that is told.',
  stopping: 'Somebody wants the turn to stop.',
  failed: 'The turn was a failed attempt, and the message waits again.',
  released: 'The turn gave the message back, and it waits again.',
  requeued: 'Somebody put it back to work after it had died.',
};

/** Of a message that takes no turn: nobody's process is started for it. */
const OF_TURNS: readonly MessageWord[] = ['claimed', 'started', 'ended'];

/** The words that may still come, in their order. `shown`: the steps that there are since it was queued last. */
export function openWords(of: {
  state: MessageWord;
  shown: readonly string[];
  takesTurns: boolean;
  asks: boolean;
}): MessageWord[] {
  const { state, shown, takesTurns, asks } = of;
  if (state === 'replied' || state === 'done' || state === 'dead') return [];
  const way: MessageWord[] = ['claimed', 'started', 'seen', 'ended', asks ? 'replied' : 'done'];
  return way.filter(word => !shown.includes(word) && (takesTurns || !OF_TURNS.includes(word)));
}
