/** Events as transcript.log shows them to people: who asked what, one line per tool as it happens, the answer, what it cost. Pure. */
import { cutText } from '#blackboard/events/encode-event.ts';
import type { BodyOf, EventBody, StartedMessage } from '#blackboard/events/event.ts';
import { stampText } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine, quotedName } from '#blackboard/text/printable.ts';
import { verdictText } from '#runner/text/terminal.ts';

/** What the transcript says of it, whole lines; empty: nothing. */
export function transcriptLines(event: EventBody): string {
  switch (event.type) {
    case 'turn.started':
      return started(event);
    case 'turn.text':
      return event.text.trim() === '' ? '' : `${indent(event.text)}\n`;
    case 'turn.tool':
      return `  ⚙ ${headLine(event.tool)} ${headLine(event.input)}\n`;
    case 'turn.toolFailed':
      return `  ✗ ${headLine(event.text)}\n`;
    case 'turn.retried':
      return `  ↻ the API said ${event.status ?? 'nothing'} (${headLine(event.reason)}); attempt ${event.attempt}, next in ${Math.round(event.waitMs / 100) / 10} s\n`;
    case 'turn.denied':
      return `  ⛔ ${headLine(event.tool)} was denied: ${headLine(event.input)}\n`;
    case 'card.asked':
      return `  ? ${headLine(event.text)} (card ${shortId(event.id)}, until ${stampText(Date.parse(event.untilAt))})\n`;
    case 'card.given':
      return `  ↳ ${headLine(event.tool)}, card ${shortId(event.id)}: ${headLine(event.text)}\n`;
    case 'turn.ended':
      return ended(event);
    default:
      return '';
  }
}

/** One line of what may be long, with how long it is. */
export const headLine = (text: string): string => cutText(printableLine(text), limits.transcriptToolCharsMax);

/** The beginning of a turn: when, who asked, what (its first lines). */
function started({ turn, begunAt, sessionId, resumed, kind, ...event }: BodyOf<'turn.started'>): string {
  const lines = [
    `\n── turn ${turn} · ${stampText(Date.parse(begunAt))} · session ${shortId(sessionId)}${resumed ? '' : ' (new)'}`,
  ];
  if (kind === 'handoff') lines.push('▶ the session is to be replaced: it writes a hand-off note for the next one');
  if (kind === 'lent') lines.push('▶ the session is lent to a person, in a terminal');
  if (kind === 'burial') lines.push('▶ too late for these:');
  lines.push(...signalLines(event));
  for (const message of event.messages) {
    lines.push(
      `▶ ${printableLine(message.from)} ${printableLine(message.rider ? `sent word (${message.kind})` : message.kind)} ${printableLine(shortId(message.id))}${HOW[message.mode]}`,
    );
    if (message.text) lines.push(indent(cutText(message.text, limits.transcriptBodyCharsMax)));
  }
  return `${lines.join('\n')}\n`;
}

const HOW: Readonly<Record<StartedMessage['mode'], string>> = {
  body: '',
  check: ' (sent again, with a warning)',
  interrupted: ' (interrupted earlier; goes on)',
  decided: ' (waited for a person; goes on with the decision)',
};

function signalLines({ signals, bySignal }: Pick<BodyOf<'turn.started'>, 'signals' | 'bySignal'>): string[] {
  if (!signals) return [];
  const mark = bySignal ? '▶ started by a signal alone' : '▶ a signal came as well';
  if (signals.length === 0) return [mark];
  return signals.map(
    ({ signal, path, source }) =>
      `${mark}: ${signal}${path === null ? '' : ` ${quotedName(path, limits.signalNameShownCharsMax)}`} (${printableLine(source)})`,
  );
}

/** The end of a turn: how, what it cost, how long it took. */
function ended(event: BodyOf<'turn.ended'>): string {
  const mark = event.verdict === 'deferred' ? '?' : '✘';
  const how =
    event.reason === null ? '✔ answered' : `${mark} ${verdictText(event.verdict, printableLine(event.reason))}`;
  const cache = `cache ${short(event.cacheReadTokens)} read, ${short(event.cacheWrittenTokens)} written`;
  const lines = [`${how} · $${event.costUsd.toFixed(4)} · ${(event.seconds ?? 0).toFixed(1)} s · ${cache}`];
  if (event.reportedUsd !== null)
    lines.push(
      `  ! claude reported $${event.reportedUsd.toFixed(4)}; the tokens in its stream cost more, and that is what counts`,
    );
  if (event.cacheMissed) lines.push('  ! the whole conversation was written to the prompt cache again');
  for (const { id, became } of event.messages) {
    if (became === 'dead') lines.push(`  dead: ${shortId(id)}`);
    if (became === 'waiting') lines.push(`  waits again: ${shortId(id)}`);
  }
  return `${lines.join('\n')}\n`;
}

const indent = (text: string): string =>
  printable(text)
    .trimEnd()
    .split('\n')
    .map(line => `    ${line}`)
    .join('\n');

/** 950, 12k, 1.3M. */
const short = (tokens: number): string =>
  tokens < 1000 ? String(tokens) : tokens < 1e6 ? `${Math.round(tokens / 1000)}k` : `${(tokens / 1e6).toFixed(1)}M`;
