/** Events in the words of notes, for the operator and for a message's sender. It lies here because hooks bury messages, too. Pure. */
import type { BodyOf, EventType } from '#blackboard/events/event.ts';
import { leftNote } from '#blackboard/events/left-drop.ts';
import { stampText } from '#blackboard/system/clock.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

/** What a note may tell. */
export type NotedEvent = BodyOf<
  Extract<
    EventType,
    | `agent.${'parked' | 'stuck' | 'faulted' | 'recovered'}`
    | `drop.${'left' | 'buried'}`
    | 'card.asked'
    | 'message.buried'
    | 'signals.spent'
    | 'turn.denied'
    | 'turn.ended'
  >
>;

/** Whole lines. `about`: whom the event is about, as people call it. `atMs`: when the note is written. */
export function noteText(about: string, event: NotedEvent, atMs: number): string {
  switch (event.type) {
    case 'message.buried':
      return deathNote(about, event);
    case 'card.asked':
      return `${event.text}\n${event.details === '' ? '' : `${event.details}\n`}Until ${stampText(Date.parse(event.untilAt))}:\n${event.mend}\n`;
    case 'drop.left':
      return leftNote(about, event);
    case 'drop.buried':
      return `${JSON.stringify(event.name)}, dropped for ${about}, is dead: ${event.reason}; look at it with: ${lookAt(event)}\n`;
    case 'agent.parked': {
      const who = event.code === 'fleet-budget' ? 'Every agent' : `Agent ${about}`;
      return `${who} is parked (${event.code}): ${event.reason}; ${event.mend}\n`;
    }
    case 'agent.stuck': {
      const edit = `agent-runner edit ${about}`;
      const mend = event.mend === null ? `; mend it with: ${edit}` : `: ${event.mend} (${edit})`;
      return `Agent ${about} waits, because ${event.problem}${mend}\n`;
    }
    case 'agent.faulted':
      return event.mend === null
        ? `Agent ${about} is not looked after: ${event.problem}\n`
        : `Agents wait, because ${event.problem}: ${event.mend}\n`;
    case 'agent.recovered': {
      const [from, until] = [Date.parse(event.sinceAt), atMs].map(stampText);
      return `Agents waited from ${from} until ${until}, because ${event.problem}; to see that all is well: agent-runner doctor\n`;
    }
    case 'signals.spent':
      return event.usd === null
        ? `Session ${about} takes no more signals today: they have started ${event.turns} turns in it.\n`
        : `Agent ${about} takes no more signals today: turns that signals alone started have cost $${event.usd.toFixed(2)} (budget.signalsPerDayUsd in agent.md). Messages are worked on as before.\n`;
    case 'turn.denied': {
      const asked = event.asker === undefined ? '' : `, which worked for ${event.asker},`;
      return `Turn ${event.turn} of ${about}${asked} was denied tools. What it may do stands in its agent.md: agent-runner edit ${about}\n`;
    }
    case 'turn.ended':
      return `Agent ${about} wrote its whole conversation to the prompt cache again, which costs more than reading it there. Look for flags or instructions that change from turn to turn.\n`;
  }
}

function deathNote(about: string, { id, from, reason, isFinal }: BodyOf<'message.buried'>): string {
  const shown = shortId(id);
  const again = isFinal ? '' : `Try it again: agent-runner dead requeue ${shown}\n`;
  return `Message ${shown} from ${from} to ${about} is dead: ${reason}\nLook at it: agent-runner dead show ${shown}\n${again}`;
}

/** The command that shows a dead drop: of an inbox by its id, of the board by its path. */
function lookAt({ file, path }: BodyOf<'drop.buried'>): string {
  const id = /^drop-([0-9a-f-]{36})-/.exec(file)?.[1];
  return id === undefined ? `cat ${quoted(path ?? file)}` : `agent-runner dead show ${shortId(id)}`;
}

/** For more of them than are told one by one; `look` shows them all. */
export const buriedDropsNote = (about: string, count: number, look: string): string =>
  `${count} things that were dropped for ${about} are dead; each with its reason: ${look}\n`;
