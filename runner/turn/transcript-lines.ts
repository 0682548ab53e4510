/** The lines of transcript.log, for people: who asked what, one line per tool as it happens, the answer, what it cost. Pure. */
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import type { StreamEvent } from '#hooks/claude/stream.ts';
import { renderSignals } from '#runner/turn/signals/signal-prompt.ts';

const clockTime = (iso: string): string => {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
};

const indent = (text: string): string =>
  printable(text)
    .trimEnd()
    .split('\n')
    .map(line => `    ${line}`)
    .join('\n');

/** The beginning of a turn: when, who asked, what (its first lines). */
export function renderStart(
  intent: Intent,
  bodies: readonly { id: string; subject: string | null; body: string }[],
): string {
  const lines = [
    `\n── turn ${intent.turn} · ${clockTime(intent.at)} · session ${shortId(intent.sessionId)}${intent.resume ? '' : ' (new)'}`,
  ];
  if (intent.kind === 'handoff')
    lines.push('▶ the session is to be replaced: it writes a hand-off note for the next one');
  if (intent.kind === 'burial') lines.push('▶ too late for these:');
  lines.push(...renderSignals(intent.signals));
  for (const message of intent.messages) {
    const how =
      message.mode === 'interrupted'
        ? ' (interrupted earlier; goes on)'
        : message.mode === 'check'
          ? ' (sent again, with a warning)'
          : '';
    lines.push(
      `▶ ${printableLine(message.from)} ${message.rider ? `sent word (${message.kind})` : message.kind} ${shortId(message.id)}${how}`,
    );
    const body = bodies.find(({ id }) => id === message.id);
    const text = [body?.subject, body?.body].filter(Boolean).join('\n');
    if (text) lines.push(indent(headOf(text, limits.transcriptBodyCharsMax)));
  }
  return `${lines.join('\n')}\n`;
}

/** What one line of the stream says to a person; empty if nothing. */
export function renderEvent(event: StreamEvent): string {
  switch (event.type) {
    case 'text':
      return event.text.trim() === '' ? '' : `${indent(event.text)}\n`;
    case 'toolUse':
      return `  ⚙ ${oneLine(event.name)} ${oneLine(event.input)}\n`;
    case 'toolResult':
      return event.isError ? `  ✗ ${oneLine(event.text)}\n` : '';
    case 'apiRetry':
      return `  ↻ the API said ${event.errorStatus ?? 'nothing'} (${oneLine(event.message)}); attempt ${event.attempt}, next in ${Math.round(event.retryDelayMs / 100) / 10} s\n`;
    default:
      return '';
  }
}

/** The end of a turn: how, what it cost, how long it took, what was denied. */
export function renderEnd(ended: Ended): string {
  const { verdict } = ended;
  const seconds = ended.startedAt ? (Date.parse(ended.at) - Date.parse(ended.startedAt)) / 1000 : 0;
  const how = verdict.kind === 'answered' ? '✔ answered' : `✘ ${verdict.kind}: ${printableLine(verdict.reason)}`;
  const fates = ended.messages
    .filter(({ disposition }) => disposition.do !== 'ack')
    .map(({ id, disposition }) => `  ${disposition.do === 'bury' ? 'dead' : 'waits again'}: ${shortId(id)}`);
  const denials = ended.denials.map(({ tool, input }) => `  ⛔ ${oneLine(tool)} was denied: ${oneLine(input)}`);
  const cache = `cache ${short(ended.usage.cacheRead)} read, ${short(ended.usage.cacheWrite)} written`;
  const miss = ended.cacheMissed ? ['  ! the whole conversation was written to the prompt cache again'] : [];
  const doubt =
    ended.reportedUsd === undefined
      ? []
      : [
          `  ! claude reported $${ended.reportedUsd.toFixed(4)}; the tokens in its stream cost more, and that is what counts`,
        ];
  const end = `${how} · $${ended.costUsd.toFixed(4)} · ${seconds.toFixed(1)} s · ${cache}`;
  return `${[...denials, end, ...doubt, ...miss, ...fates].join('\n')}\n`;
}

/** The same in one line, for whoever watches the runner: who asked, how it ended, what it cost, how long it took. */
export function turnLine(agent: string, intent: Intent | null, ended: Ended): string {
  const { verdict, startedAt } = ended;
  const how = verdict.kind === 'answered' ? 'answered' : `${verdict.kind}: ${oneLine(verdict.reason)}`;
  const took = startedAt ? `, ${((Date.parse(ended.at) - Date.parse(startedAt)) / 1000).toFixed(1)} s` : '';
  return `${agent}: turn ${ended.turn}${causeOf(intent)}: ${how}, $${ended.costUsd.toFixed(4)}${took}`;
}

/** Who asked; without riders, who only go along. */
function causeOf(intent: Intent | null): string {
  if (!intent) return '';
  if (intent.kind === 'handoff') return ' (hand-off note: the session is full)';
  if (intent.signals?.alone) return ' (by a signal)';
  const asking = [...new Set(intent.messages.filter(({ rider }) => !rider).map(({ from }) => oneLine(from)))];
  if (asking.length === 0) return '';
  const [first, ...rest] = asking;
  return ` for ${first}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
}

/** 950, 12k, 1.3M. */
const short = (tokens: number): string =>
  tokens < 1000 ? String(tokens) : tokens < 1e6 ? `${Math.round(tokens / 1000)}k` : `${(tokens / 1e6).toFixed(1)}M`;

function oneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return headOf(printableLine(text), limits.transcriptToolCharsMax);
}

const headOf = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${text.slice(0, charsMax)}… (${text.length} characters)`;
