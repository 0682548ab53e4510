/** What an agent's running turn has told last, in a line: the tool that it calls, or what the model said. */
import type { Event } from '#blackboard/events/event.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { tailEvents } from '#runner/events/event-tail.ts';

/** `path`: its events. null: nothing since its turn began. */
export function doingOf(path: string): string | null {
  using tail = tailEvents(path, limits.pageDoingEventsMax);
  const events = tail.look();
  const told = events.findLast(({ type }) => type === 'turn.tool' || type === 'turn.text' || type === 'turn.started');
  const words = told ? wordsOf(told) : '';
  return words === '' ? null : printableLine(words).slice(0, limits.pageDoingCharsMax);
}

/** What of a tool's arguments names it best. */
const NAMES = ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description'];

function wordsOf(event: Event): string {
  if (event.type === 'turn.text') return event.text;
  return event.type === 'turn.tool' ? `${event.tool} ${firstArgument(event.input)}` : '';
}

function firstArgument(input: string): string {
  try {
    const given = JSON.parse(input) as Record<string, unknown> | null;
    const name = NAMES.find(each => typeof given?.[each] === 'string');
    return name === undefined ? '' : String(given?.[name]);
  } catch {
    // It was cut.
    return '';
  }
}
