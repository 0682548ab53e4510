/** The events of one peer, or of all and of no one, as they come. */
import type { Event } from '#blackboard/events/event.ts';
import type { EventSink } from '#blackboard/events/record-events.ts';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type EventTail, tailEvents } from '#runner/events/event-tail.ts';

export interface EventLog extends Disposable {
  /** What has come since the last look (at the first one: since the beginning), in the order of its time. */
  look(): Promise<Event[]>;
}

/** `of`: whose, and where; null: all, and those that come. `lastMax`: so many of each are enough at the first look. */
export function openEventLog(files: Files, root: string, of: EventSink | null, lastMax?: number): EventLog {
  const tails = new Map<string, EventTail>();
  const shared = rootLayout(root).events;

  async function paths(): Promise<string[]> {
    if (of) return [of.events];
    const agents = await listAgents(files, root);
    return [...agents.map(agent => agentLayout(root, agent).events), shared];
  }

  return {
    async look() {
      const present = await paths();
      for (const [path, tail] of tails) {
        if (present.includes(path)) continue;
        tail[Symbol.dispose]();
        tails.delete(path);
      }
      const events: Event[] = [];
      for (const path of present) {
        // Of one peer's events in a file of many, the last ones may lie anywhere.
        const tail = tails.get(path) ?? tailEvents(path, of?.events === shared ? undefined : lastMax);
        tails.set(path, tail);
        for (const event of tail.look()) if (!of || event.peer === of.peer) events.push(event);
      }
      return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    },
    [Symbol.dispose]() {
      for (const tail of tails.values()) tail[Symbol.dispose]();
    },
  };
}
