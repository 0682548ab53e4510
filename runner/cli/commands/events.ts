/** `agent-runner events [name]`: what has happened, one event after the other; with --follow what comes. Ends with Ctrl-C, or with its reader. */
import { parseDuration } from '#blackboard/board/ttl.ts';
import type { Event } from '#blackboard/events/event.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { instantOf } from '#blackboard/text/when.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { eventLines } from '#runner/events/event-lines.ts';
import { openEventLog } from '#runner/events/event-log.ts';
import { printJsonLine } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'events',
  heading: 'What they do',
  about: 'what has happened, event by event; of one agent, if it is named',
  arguments: [{ name: '[name]', completes: 'agent' }],
  options: [
    { flags: '-n, --lines <count>', about: 'events to begin with (default: 50, or all with --since)' },
    { flags: '--since <when>', about: 'a duration (1h), a time of day that has passed, or a date' },
    { flags: '--follow', about: 'go on printing what comes' },
  ],
  json: 'one event a line',
  examples: ['agent-runner events --follow', 'agent-runner events reviewer --since 1h --json'],
  exits: { 64: 'a wrong option', 66: 'no such agent' },
};

export interface EventsOptions {
  lines?: string;
  since?: string;
  follow?: boolean;
}

const LAST_EVENTS = 50;

export async function run(global: GlobalOptions, name: string | undefined, options: EventsOptions): Promise<number> {
  if (options.lines !== undefined && !/^\d{1,9}$/.test(options.lines))
    throw usageError(`-n ${JSON.stringify(options.lines)}: expected a number of events, for example -n 50`);
  const sinceMs = options.since === undefined ? null : parseSince(options.since, Date.now());
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  if (name !== undefined) await requireAgent(files, root, name);
  const lastMax = Number(options.lines ?? (sinceMs === null ? LAST_EVENTS : Number.POSITIVE_INFINITY));
  // What is older than `sinceMs` is left out before the last ones are chosen, so all of it is read.
  using log = openEventLog(files, root, name, sinceMs === null ? lastMax : Number.POSITIVE_INFINITY);
  const known = (await log.look()).filter(({ at }) => sinceMs === null || Date.parse(at) >= sinceMs);
  for (const event of lastMax === 0 ? [] : known.slice(-lastMax)) print(event, global.json === true);
  if (!options.follow) return exitCode.ok;
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  await endWhenReaderLeaves();
  while (!over.signal.aborted) {
    await systemClock.sleep(limits.eventsLookMs, over.signal);
    for (const event of await log.look()) print(event, global.json === true);
  }
  return exitCode.ok;
}

function print(event: Event, json: boolean): void {
  if (json) printJsonLine(event);
  else process.stdout.write(eventLines(event, Date.now()));
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
  // A time of day that has passed means tomorrow to those who plan; here it was today or, if it is to come, yesterday.
  const DAY_MS = 86_400_000;
  return /^\d{1,2}:\d{2}/.test(text.trim()) && atMs > nowMs ? atMs - DAY_MS : atMs;
}
