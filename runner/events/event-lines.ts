/** One event for people who follow all of them: when, whose, and what, in the transcript's words where it has some. Pure. */
import type { Event } from '#blackboard/events/event.ts';
import { leftLine } from '#blackboard/events/left-drop.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isIdPart, shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine, quotedName } from '#blackboard/text/printable.ts';
import { runnerLine } from '#runner/events/runner-line.ts';
import { headLine, transcriptLines } from '#runner/events/transcript-lines.ts';
import { instantText } from '#runner/text/terminal.ts';

/** Whole lines; those after the first are indented, so that nobody's text begins one. */
export function eventLines(event: Event, nowMs: number): string {
  const peer = event.peer === null ? 'runner' : printableLine(event.peer);
  const head = `${instantText(Date.parse(event.at), nowMs)} ${isId(peer) ? shortId(peer) : peer}`;
  const shown = transcriptLines(event);
  const text = shown === '' ? printableLine(sentenceOf(event)) : printable(shown);
  const [first = '', ...more] = text.trim().split('\n');
  return `${[`${head}  ${first}`, ...more.map(line => `    ${line.trimStart()}`)].join('\n')}\n`;
}

const isId = (peer: string): boolean => peer.length === 36 && isIdPart(peer);

const by = ({ turn }: { turn: number | null }): string => (turn === null ? '' : ` by turn ${turn}`);

/** What the transcript has no words for. */
function sentenceOf(event: Event): string {
  switch (event.type) {
    case 'turn.elected':
      return `turn ${event.turn} was elected`;
    case 'message.queued':
      return `${headLine(event.kind)} ${shortId(event.id)} from ${headLine(event.from)} is in the inbox${event.dueAt === null ? '' : `, for ${event.dueAt}`}`;
    case 'message.due':
      return `${shortId(event.id)} is due`;
    case 'message.claimed':
      return event.turn === null
        ? `${shortId(event.id)} is shown`
        : `turn ${event.turn} has taken up ${shortId(event.id)}`;
    case 'message.replied':
      return `${shortId(event.id)} is replied to${by(event)}${event.reply === null ? '' : ` (${shortId(event.reply)})`}`;
    case 'message.done':
      return `${shortId(event.id)} is done, by turn ${event.turn}`;
    case 'message.acked':
      return `${shortId(event.id)} is read, and done`;
    case 'message.released':
      return `${shortId(event.id)} waits again${event.turn === null ? ', to be shown once more' : `, after turn ${event.turn}`}`;
    case 'message.requeued':
      return `${shortId(event.id)} was dead, and waits again (${headLine(event.by)})`;
    case 'message.purged':
      return `${shortId(event.id)} was dead, and is removed (${headLine(event.by)})`;
    case 'message.buried':
      return `${shortId(event.id)} is dead: ${headLine(event.reason)}`;
    case 'drop.left':
      return leftLine(event.peer ?? 'the board', event);
    case 'drop.buried':
      return `${quotedName(event.name, limits.nameShownCharsMax)}, which was dropped, is dead: ${headLine(event.reason)}`;
    case 'drop.returned':
      return `${quotedName(event.name, limits.nameShownCharsMax)} was dead, and lies in the inbox again`;
    case 'card.ended':
      return `card ${shortId(event.id)}${event.turn === 0 ? '' : ` of turn ${event.turn}`}: ${headLine(event.text)}`;
    case 'claim.taken':
      return `has claimed ${headLine(event.what)}, until ${event.untilAt}`;
    case 'claim.released':
      return `has ${headLine(event.what)} no longer: given back by ${headLine(event.by)}`;
    case 'claim.expired':
      return `has ${headLine(event.what)} no longer: ${headLine(event.reason)}`;
    case 'agent.parked':
      return `parked (${headLine(event.code)}): ${headLine(event.reason)}${event.untilAt === null ? '' : `, until ${event.untilAt}`}`;
    case 'agent.stuck':
      return `waits, because ${headLine(event.problem)}${event.mend === null ? '' : `: ${headLine(event.mend)}`}`;
    case 'agent.resumed':
      return `goes on (was parked: ${headLine(event.code)})`;
    case 'signal.taken':
      return `signal ${headLine(event.signal)}${event.path === null ? '' : ` ${headLine(event.path)}`} (${headLine(event.source)})`;
    case 'signals.spent':
      return `takes no more signals today (${event.usd === null ? `${event.turns} turns` : `$${event.usd.toFixed(2)}`})`;
    case 'runner.ended':
      return `pid ${event.pid} has ended`;
    case 'session.ended':
      return `session ${shortId(event.sessionId)} has ended`;
    case 'session.appeared':
      return `session ${shortId(event.sessionId)} is here, in ${headLine(event.cwd)}`;
    default:
      // The name stands before it already.
      return headLine(runnerLine(null, event) ?? event.type);
  }
}
