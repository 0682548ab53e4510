/** Who worked when, and who wrote to whom: the turns of agents and the messages between peers, from the events that are kept. */
import type { Event } from '#blackboard/events/event.ts';
import { limits } from '#blackboard/system/limits.ts';
import { openEventLog } from '#runner/events/event-log.ts';
import type { Timeline, TurnSpan } from '#runner/results/timeline.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `sinceMs`: Unix milliseconds. Of a log that was rotated away nothing is told. */
export async function timeline({ files, root }: VerbContext, { sinceMs }: { sinceMs: number }): Promise<Timeline> {
  using log = openEventLog(files, root, null, limits.timelineEventsMax);
  return timelineOf(await log.look(), sinceMs, Date.now());
}

/** `events`: in the order of their time. Pure. */
export function timelineOf(events: readonly Event[], sinceMs: number, nowMs: number): Timeline {
  const lanes = new Map<string, Map<number, TurnSpan>>();
  const messages: Timeline['messages'] = [];
  const laneOf = (peer: string) => {
    const lane = lanes.get(peer) ?? new Map<number, TurnSpan>();
    lanes.set(peer, lane);
    return lane;
  };
  for (const event of events) {
    if (event.peer === null) continue;
    if (event.type === 'turn.started') {
      const { turn, begunAt } = event;
      laneOf(event.peer).set(turn, { turn, at: begunAt, endedAt: null, verdict: null, costUsd: 0 });
    } else if (event.type === 'turn.ended') {
      const { turn, at: endedAt, verdict, costUsd, seconds } = event;
      const begunAt = new Date(Date.parse(endedAt) - (seconds ?? 0) * 1000).toISOString();
      const known = laneOf(event.peer).get(turn);
      laneOf(event.peer).set(turn, { turn, at: known?.at ?? begunAt, endedAt, verdict, costUsd });
    } else if (event.type === 'message.queued' && Date.parse(event.at) >= sinceMs) {
      const { id, from, at } = event;
      messages.push({ id, from, to: event.peer, at });
      laneOf(from);
      laneOf(event.peer);
    }
  }
  const written = new Set(messages.flatMap(({ from, to }) => [from, to]));
  return {
    at: new Date(nowMs).toISOString(),
    lanes: [...lanes]
      .map(([peer, turns]) => ({
        peer,
        turns: [...turns.values()].filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) >= sinceMs),
      }))
      .filter(({ peer, turns }) => turns.length > 0 || written.has(peer))
      .sort((a, b) => (a.peer < b.peer ? -1 : 1)),
    messages,
  };
}
