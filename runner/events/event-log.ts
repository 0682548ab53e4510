/** The events of one agent, or of all agents and of no one, as they come. */
import type { Event } from '#blackboard/events/event.ts';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type EventTail, tailEvents } from '#runner/events/event-tail.ts';

export interface EventLog extends Disposable {
  /** What has come since the last look (at the first one: since the beginning), in the order of its time. */
  look(): Promise<Event[]>;
}

/** `name` undefined: all, and those that come. `lastMax`: so many of each file are enough at the first look. */
export function openEventLog(files: Files, root: string, name?: string, lastMax?: number): EventLog {
  const tails = new Map<string, EventTail>();

  async function paths(): Promise<string[]> {
    if (name !== undefined) return [agentLayout(root, name).events];
    const agents = await listAgents(files, root);
    return [...agents.map(agent => agentLayout(root, agent).events), rootLayout(root).events];
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
        const tail = tails.get(path) ?? tailEvents(path, lastMax);
        tails.set(path, tail);
        for (const event of tail.look()) events.push(event);
      }
      return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    },
    [Symbol.dispose]() {
      for (const tail of tails.values()) tail[Symbol.dispose]();
    },
  };
}
