/** `agent-runner cancel`: ends an agent's turn with its messages, or one message. */
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Cancel } from '#runner/results/messages.ts';
import { usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'cancel',
  heading: 'Messages',
  about: "cancel an agent's turn, or a message; they end dead (cancelled)",
  arguments: [{ name: '<agent-or-message-id>', completes: 'agent+message' }],
  json: true,
  examples: ['agent-runner cancel reviewer', 'agent-runner cancel 5f0c9e1b'],
  exits: {
    1: 'too late: it is answered, done or dead',
    66: 'no such agent or message',
    69: 'no turn of the agent runs',
    75: 'the runner has not finished it yet',
  },
};

export async function run(call: Call, typed: string): Promise<void> {
  const { cancel } = await import('#runner/verbs/cancel.ts');
  const cancelled = await cancel(await call.context(), { what: typed });
  call.show(cancelled, render);
}

function render({ agent, message, turn, dead, isFinished, costUsd, costBasis }: Cancel): string {
  const ofTurn = `turn ${turn} of ${agent}`;
  if (!isFinished)
    return `stopped ${message ? `message ${shortId(message)} in ${ofTurn}` : ofTurn}; nobody runs ${agent} now: the next runner will finish it\n`;
  const booked = costUsd === null ? '' : `${bookedText(costUsd, costBasis)}\n`;
  return message
    ? `cancelled ${shortId(message)}\n${booked}`
    : `cancelled ${ofTurn}${dead.map(id => `\ndead: ${shortId(id)}`).join('')}\n${booked}`;
}

const BASES: Record<NonNullable<Cancel['costBasis']>, string> = {
  reported: 'as claude reports it',
  shown: 'by what claude had written when it was stopped',
  estimated:
    'an estimate on the dear side: claude had asked the model, and was stopped before an answer showed what that costs',
  nothing: 'claude had asked no model yet',
};

/** What the turn is booked with today, and why. */
function bookedText(costUsd: number, costBasis: Cancel['costBasis']): string {
  const why = costBasis ? ` (${BASES[costBasis]})` : '';
  return costUsd > 0 ? `booked today: ${usdText(costUsd)}${why}` : `booked today: nothing${why}`;
}
