// Who worked when: from events, with what is missing in them.
import { expect, test } from 'vitest';
import type { Event } from '#blackboard/events/event.ts';
import { timelineOf } from '#runner/verbs/timeline.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const at = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const HOUR_AGO = NOW - 3_600_000;

const started = (peer: string, turn: number, minutes: number) =>
  ({ type: 'turn.started', peer, turn, at: at(minutes), begunAt: at(minutes) }) as Event;
const ended = (peer: string, turn: number, minutes: number, seconds: number | null = 60) =>
  ({ type: 'turn.ended', peer, turn, at: at(minutes), verdict: 'answered', costUsd: 0.5, seconds }) as Event;
const queued = (peer: string, from: string, minutes: number) =>
  ({
    type: 'message.queued',
    peer,
    id: `${from}-${minutes}`,
    from,
    kind: 'request',
    dueAt: null,
    at: at(minutes),
  }) as Event;

test('a turn is a span from its intent to its end; one that runs has no end', () => {
  const { lanes } = timelineOf([started('ann', 1, 30), ended('ann', 1, 20), started('ann', 2, 5)], HOUR_AGO, NOW);
  expect(lanes).toEqual([
    {
      peer: 'ann',
      turns: [
        { turn: 1, at: at(30), endedAt: at(20), verdict: 'answered', costUsd: 0.5 },
        { turn: 2, at: at(5), endedAt: null, verdict: null, costUsd: 0 },
      ],
    },
  ]);
});

test('a turn whose beginning was rotated away begins as long before its end as it took', () => {
  const { lanes } = timelineOf([ended('ann', 7, 10, 120)], HOUR_AGO, NOW);
  expect(lanes[0]?.turns).toEqual([{ turn: 7, at: at(12), endedAt: at(10), verdict: 'answered', costUsd: 0.5 }]);
});

test('what was over before is left out, with its lane if nothing else is in it', () => {
  const events = [started('old', 1, 200), ended('old', 1, 190), started('ann', 1, 100), ended('ann', 1, 50)];
  expect(timelineOf(events, HOUR_AGO, NOW).lanes.map(({ peer }) => peer)).toEqual(['ann']);
});

test('a message has a lane at both ends, also where nobody had a turn', () => {
  const { lanes, messages } = timelineOf([queued('bob', 'ann', 200), queued('bob', 'operator', 10)], HOUR_AGO, NOW);
  expect(messages).toEqual([{ id: 'operator-10', from: 'operator', to: 'bob', at: at(10) }]);
  expect(lanes.map(({ peer }) => peer)).toEqual(['bob', 'operator']);
});
