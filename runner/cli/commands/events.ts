/** `agent-runner events [name]`: what has happened, one event after the other; with --follow what comes. Ends with Ctrl-C, or with its reader. */

import type { Event } from '#blackboard/events/event.ts';
import { DAY_MS } from '#blackboard/system/clock.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { instantOf, parseDuration } from '#blackboard/text/when.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import { eventLines } from '#runner/events/event-lines.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJsonLine } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'events',
  heading: 'What they do',
  about: 'what has happened, event by event; of one peer, if it is named',
  arguments: [{ name: '[name]', about: 'an agent, a session or the operator', completes: 'peer' }],
  options: [
    { flags: '-n, --lines <count>', about: 'events to begin with (default: 50, or all with --since)' },
    { flags: '--since <when>', about: 'a duration (1h), a time of day that has passed, or a date' },
    { flags: '--follow', about: 'go on printing what comes' },
  ],
  json: 'one event a line',
  examples: ['agent-runner events --follow', 'agent-runner events reviewer --since 1h --json'],
  exits: { 64: 'a wrong option', 66: 'no such peer' },
};

type Options = { lines?: string; since?: string; follow?: boolean };

const LAST_EVENTS = 50;

export async function run(call: Call, name: string | undefined, options: Options): Promise<void> {
  const sinceMs = options.since === undefined ? null : parseSince(options.since, Date.now());
  const usual = sinceMs === null ? LAST_EVENTS : Number.POSITIVE_INFINITY;
  const lastMax = options.lines === undefined ? usual : count('-n', options.lines, 'events', 50);
  const over = new AbortController();
  if (options.follow) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
    await endWhenReaderLeaves();
  }
  const { events } = await import('#runner/verbs/events.ts');
  const order = { name: name ?? null, sinceMs, lastMax };
  const context = await call.context();
  for await (const event of events(context, order, options.follow ? over.signal : null)) print(event, call.json);
}

function print(event: Event, json: boolean): void {
  if (json) printJsonLine(event);
  else process.stdout.write(wrapTo(eventLines(event, Date.now()), terminalColumns()));
}

/** Unix milliseconds. */
function parseSince(text: string, nowMs: number): number {
  const ageMs = parseDuration(text);
  if (ageMs !== null) return nowMs - ageMs;
  const atMs = instantOf(text, nowMs, 'begins');
  if (atMs === null)
    throw usageError(
      `--since ${JSON.stringify(text.slice(0, 80))}: expected a duration, a time of day or a date`,
      'For example 90s, 15m, 2h, 7d, 18:30, 2026-11-21T09:00',
    );
  // instantOf plans ahead: a time that has passed is tomorrow. Here it was today, or yesterday if it is still to come.
  return /^\d{1,2}:\d{2}/.test(text.trim()) && atMs > nowMs ? atMs - DAY_MS : atMs;
}
