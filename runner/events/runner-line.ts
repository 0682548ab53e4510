/** Events as lines for a person who watches the runner: in runner.log, or in the terminal of `start`. Pure. */
import type { BodyOf, EventBody } from '#blackboard/events/event.ts';
import { leftLine } from '#blackboard/events/left-drop.ts';
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
    case 'agent.skipped':
      return `agent-runner: skipped ${peer ?? 'all agents'}: ${event.reason}`;
    case 'part.failed':
      return `${about}${partOf(event)}${event.problem}`;
    case 'part.recovered':
      return `${about}${partOf(event)}works again`;
    case 'drop.left':
      return leftLine(peer ?? 'the board', event);
    case 'turn.left':
      return `${about}turn ${event.turn}, left by an earlier runner, still runs as pid ${event.pid}; waiting for it until ${event.untilAt} at the latest`;
    case 'turn.cleared':
      return `${about}ended ${event.count} process(es) that turn ${event.turn} had left running`;
    case 'message.disputed':
      return `${about}message ${event.id} is ${event.outcome} by turn ${event.turn}, but was ${event.before ?? 'something unreadable'} before, and that stands`;
    case 'runner.started':
      return startLine(event);
    case 'runner.stopping':
      return event.graceMs === null
        ? `agent-runner: ${event.signal} again: stopping the turns that run`
        : `agent-runner: ${event.signal}: no new turns; running ones have ${event.graceMs / 1000} s (once more: stop now)`;
    default:
      return null;
  }
}

const partOf = ({ part }: { part: string | null }): string => (part === null ? '' : `${part}: `);

/** null: with --once it only says that there is nothing to do it for. */
function startLine({ root, pid, once, agents }: BodyOf<'runner.started'>): string | null {
  const none = agents === 0 ? 'there is no agent yet; add one with: agent-runner add <name> --cwd <directory>' : null;
  const parts = [once ? null : `watching ${root} (pid ${pid})`, none].filter(part => part !== null);
  return parts.length === 0 ? null : `agent-runner: ${parts.join('; ')}`;
}

type TurnEnded = BodyOf<'turn.ended'>;

/** Who asked, how it ended, what it cost, how long it took. */
function turnEnd(event: TurnEnded): string {
  const how = event.reason === null ? 'answered' : `${event.verdict}: ${headLine(event.reason)}`;
  const took = event.seconds === null ? '' : `, ${event.seconds.toFixed(1)} s`;
  return `turn ${event.turn}${causeOf(event)}: ${how}, $${event.costUsd.toFixed(4)}${took}`;
}

function causeOf({ kind, bySignal, askers }: TurnEnded): string {
  if (kind === 'handoff') return ' (hand-off note: the session is full)';
  if (kind === 'lent') return ' (lent to a person)';
  if (bySignal) return ' (by a signal)';
  const [first, ...rest] = askers.map(headLine);
  if (first === undefined) return '';
  return ` for ${first}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
}
