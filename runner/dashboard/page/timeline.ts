/** Where a timeline's bars, arrows and hours stand, in hundredths of its width. Pure. */
import { printableLine } from '#blackboard/text/printable.ts';
import type { Timeline, TurnSpan } from '#runner/results/timeline.ts';

/** A part of the whole time: 0 is its beginning, 1 now. */
export interface Span {
  from: number;
  to: number;
}

export interface Shown {
  timeline: Timeline;
  hours: number;
  span: Span;
}

/** The shortest part that is looked at: a minute of an hour. */
const LEAST = 1 / 60;
const HOUR_MS = 3_600_000;

/** `by`: 0.5 shows half as much. `move`: by so much of what is shown. Never beyond the ends. */
export function zoomed({ from, to }: Span, { by, move }: { by: number; move: number }): Span {
  const width = Math.min(1, Math.max(LEAST, (to - from) * by));
  // What is new stands at the end: it stays there.
  const middle = (to === 1 && by !== 1 ? 1 - width / 2 : (from + to) / 2) + move * (to - from);
  const begin = Math.min(1 - width, Math.max(0, middle - width / 2));
  return { from: begin, to: begin + width };
}

function scaleOf({ timeline, hours, span }: Shown) {
  const endMs = Date.parse(timeline.at);
  const beginMs = endMs - hours * HOUR_MS;
  const fromMs = beginMs + span.from * hours * HOUR_MS;
  const widthMs = (span.to - span.from) * hours * HOUR_MS;
  return { fromMs, widthMs, endMs, xOf: (at: string | number) => (100 * (new Date(at).getTime() - fromMs)) / widthMs };
}

export interface Bar {
  lane: number;
  peer: string;
  turn: TurnSpan;
  x: number;
  width: number;
}

/** Turns that are seen, none so short that it is not. */
export function barsOf(shown: Shown): Bar[] {
  const { xOf, endMs } = scaleOf(shown);
  return shown.timeline.lanes.flatMap(({ peer, turns }, lane) =>
    turns.flatMap(turn => {
      const begin = Math.max(0, xOf(turn.at));
      const end = Math.min(100, xOf(turn.endedAt ?? endMs));
      return end < 0 || begin > 100 ? [] : [{ lane, peer, turn, x: begin, width: Math.max(0.25, end - begin) }];
    }),
  );
}

export interface Arrow {
  id: string;
  /** Lanes. */
  from: number;
  to: number;
  x: number;
  words: string;
}

export function arrowsOf(shown: Shown): Arrow[] {
  const { xOf } = scaleOf(shown);
  const lanes = new Map(shown.timeline.lanes.map(({ peer }, at) => [peer, at]));
  return shown.timeline.messages.flatMap(({ id, from, to, at }) => {
    const [begin, end, x] = [lanes.get(from), lanes.get(to), xOf(at)];
    if (begin === undefined || end === undefined || x < 0 || x > 100) return [];
    return [{ id, from: begin, to: end, x, words: `${printableLine(from)} to ${printableLine(to)}` }];
  });
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440].map(minutes => minutes * 60_000);

/** Round times, at most seven. */
export function ticksOf(shown: Shown): { x: number; text: string }[] {
  const { fromMs, widthMs, xOf } = scaleOf(shown);
  const stepMs = STEPS_MS.find(step => widthMs / step <= 7) ?? STEPS_MS.at(-1)!;
  // Local midnight, so that hours are round in the time of who looks.
  const offsetMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const ticks: { x: number; text: string }[] = [];
  for (let at = Math.ceil((fromMs - offsetMs) / stepMs) * stepMs + offsetMs; at <= fromMs + widthMs; at += stepMs) {
    const time = new Date(at);
    const text =
      stepMs >= 86_400_000 || (time.getHours() === 0 && time.getMinutes() === 0 && shown.hours > 24)
        ? time.toLocaleDateString([], { day: 'numeric', month: 'short' })
        : time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    ticks.push({ x: xOf(at), text });
  }
  return ticks;
}
