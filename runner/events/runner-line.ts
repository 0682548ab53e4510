/** Events as lines for a person who watches the runner: in runner.log, or in the terminal of `start`. Pure. */
import type { EventBody } from '#blackboard/events/event.ts';
import { headLine } from '#runner/events/transcript-lines.ts';

/** One line, without its newline; null: the runner says nothing of it. `peer` null: it is of no one agent. */
export function runnerLine(peer: string | null, event: EventBody): string | null {
  const about = peer === null ? '' : `${peer}: `;
  switch (event.type) {
    case 'turn.ended':
      return `${about}${turnEnd(event)}`;
    case 'agent.held':
      return `${about}${event.reason}`;
    case 'agent.faulted':
      return `${about}${event.problem}; trying again every second`;
    case 'agent.recovered':
      return `over: ${about}${event.problem}`;
    case 'runner.said':
      return event.text;
    default:
      return null;
  }
}

type TurnEnded = Extract<EventBody, { type: 'turn.ended' }>;

/** Who asked, how it ended, what it cost, how long it took. */
function turnEnd(event: TurnEnded): string {
  const how = event.reason === null ? 'answered' : `${event.verdict}: ${headLine(event.reason)}`;
  const took = event.seconds === null ? '' : `, ${event.seconds.toFixed(1)} s`;
  return `turn ${event.turn}${causeOf(event)}: ${how}, $${event.costUsd.toFixed(4)}${took}`;
}

function causeOf({ kind, bySignal, askers }: TurnEnded): string {
  if (kind === 'handoff') return ' (hand-off note: the session is full)';
  if (bySignal) return ' (by a signal)';
  const [first, ...rest] = askers.map(headLine);
  if (first === undefined) return '';
  return ` for ${first}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
}
