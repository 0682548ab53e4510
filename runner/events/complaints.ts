/** Problems that stay are an event when they begin, when they change, and when they are over. */
import type { EventBody } from '#blackboard/events/event.ts';

/** What does not work: `part` of that peer (null: all of it), or (`peer` null) of the runner. `name`: what lines call the peer. */
export interface About {
  peer: string | null;
  part: string | null;
  name?: string;
}

/** null: it works (again). Cheap where nothing changes. */
export type Complain = (about: About, problem: string | null) => void;

export function createComplaints(emit: (about: About, event: EventBody) => void): Complain {
  const said = new Map<string, string>();
  return (about, problem) => {
    const { peer, part } = about;
    const key = JSON.stringify([peer, part]);
    if (problem === (said.get(key) ?? null)) return;
    if (problem === null) said.delete(key);
    else said.set(key, problem);
    emit(about, problem === null ? { type: 'part.recovered', part } : { type: 'part.failed', part, problem });
  };
}
