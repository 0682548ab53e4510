// The table of an agent's life: each of its cells, and random lives; tables with one wrong cell must be found out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Action, EVENTS, type Event, next, STATES, type State } from '#runner/fleet/agent-table.ts';

type Next = typeof next;

/** States in which the runner has been told to end. */
const ENDING: readonly State[] = ['draining', 'halting', 'over'];
/** States in which a loop may run. */
const LIVE: readonly State[] = ['starting', 'running', 'leaving', 'stopping', 'draining', 'halting'];
const ACTIONS: readonly Action[] = ['start', 'end', 'stop', 'hint', 'look'];

describe.each(STATES)('in the state %s', state => {
  test.each(EVENTS)('%s has an answer', event => {
    const { state: to, actions } = next(state, event);
    expect(STATES).toContain(to);
    for (const action of actions) expect(ACTIONS).toContain(action);
    // A loop is started only where there is none, and because it is wanted.
    expect(actions.includes('start')).toBe(to === 'starting' && state !== 'starting');
    if (to === 'starting' && state !== 'starting') expect([event, LIVE.includes(state)]).toEqual(['wanted', false]);
    // Who has been told to end takes nothing up again.
    if (ENDING.includes(state)) expect(ENDING).toContain(to);
    if (event === 'drain' || event === 'stopNow') expect(ENDING).toContain(to);
    // What may have a loop is left for a state without one only when that loop has ended, or has not begun.
    if (LIVE.includes(state) && !LIVE.includes(to)) expect(['failed', 'refused', 'ended', 'done']).toContain(event);
    // It is looked at again only when something has ended: a start that fails would else be tried again at once, for ever.
    if (actions.includes('look')) expect(['failed', 'refused', 'ended', 'done']).toContain(event);
    if (actions.includes('look')) expect(state === 'absent' || (state === 'held' && event === 'failed')).toBe(false);
  });
});

/** A start that failed brings no look that brings the next start at once. */
test('starting again after a fault waits for the next look', () => {
  for (const event of ['failed', 'refused'] as const) expect(next('starting', event).actions).toEqual([]);
});

/** What the world around a supervisor may do, in any order: `answer` is what a start or a loop comes to, when it may. */
const life = fc.array(
  fc.oneof(
    fc.constantFrom<Event>('wanted', 'wanted', 'unwanted', 'gone', 'changed', 'lockLost', 'drain', 'stopNow'),
    fc.constantFrom('started', 'failed', 'refused', 'ended', 'done').map(answer => ({ answer: answer as Event })),
  ),
  { maxLength: 40 },
);

/** Lives one, as an interpreter does, with one agent's loop: throws where an invariant is broken. */
function live(events: readonly (Event | { answer: Event })[], step: Next): void {
  let state = 'absent' as State;
  let loop: null | { isStarted: boolean; isToldToEnd: boolean; isStopped: boolean } = null;
  let isEnding = false;
  const tell = (event: Event): void => {
    const { state: to, actions } = step(state, event);
    state = to;
    for (const action of actions) {
      if (action === 'start') {
        if (loop) throw new Error(`a second loop, by ${event}`);
        if (isEnding) throw new Error(`a start by ${event}, though the runner ends`);
        loop = { isStarted: false, isToldToEnd: false, isStopped: false };
      }
      if (action === 'end' && loop) loop.isToldToEnd = true;
      if (action === 'stop' && loop) loop.isStopped = true;
      if (action === 'hint' && !loop?.isStarted) throw new Error(`a hint by ${event} to a loop that does not run`);
    }
    if (event === 'drain' || event === 'stopNow') isEnding = true;
    const mustEnd = isEnding || ['unwanted', 'gone', 'lockLost'].includes(event);
    if (loop && mustEnd && !loop.isToldToEnd) throw new Error(`its loop was not told to end, by ${event}`);
    const mustStop = ['stopNow', 'gone'].includes(event);
    if (loop && mustStop && !loop.isStopped) throw new Error(`its turn was not stopped, by ${event}`);
  };
  const answer = (event: Event): void => {
    if (!loop) return;
    if (event === 'started') {
      if (loop.isStarted) return;
      loop.isStarted = true;
    } else {
      const isOfStart = event === 'failed' || event === 'refused';
      if (isOfStart === loop.isStarted && event !== 'done') return;
      loop = null;
    }
    tell(event);
  };
  for (const event of events) {
    if (typeof event === 'object') answer(event.answer);
    else if (event !== 'lockLost' || loop) tell(event);
  }
  // The runner ends, and whatever runs comes to its end.
  tell('drain');
  answer('started');
  answer('ended');
  if (state !== 'over') throw new Error(`at the end it is ${state}`);
  if (loop) throw new Error('a loop is left over');
  tell('wanted');
  if (state !== 'over') throw new Error(`after the end it is ${state}`);
}

const lives = (step: Next, more: { seed?: number } = {}): void =>
  fc.assert(
    fc.property(life, events => live(events, step)),
    { numRuns: 2_000, ...more },
  );

test('in every life there is one loop at most, each is told to end, and a runner that ends starts none', () => {
  lives(next);
});

const mutants: [string, State, Event, State, Action[]][] = [
  ['starts what runs', 'running', 'wanted', 'starting', ['start']],
  ['starts beside a start', 'starting', 'wanted', 'starting', ['start']],
  ['forgets a start that is called off', 'starting', 'unwanted', 'absent', []],
  ['does not end what is disabled', 'running', 'unwanted', 'leaving', []],
  ['lets the turn of a removed agent run', 'running', 'gone', 'leaving', ['end']],
  ['does not stop what leaves already', 'leaving', 'stopNow', 'halting', []],
  ['goes on without its lock', 'running', 'lockLost', 'running', []],
  ['drains without a word', 'running', 'drain', 'draining', []],
  ['takes up again what has drained', 'draining', 'ended', 'absent', []],
  ['takes up again what was never started', 'absent', 'drain', 'absent', []],
  ['hints at what is not there yet', 'starting', 'changed', 'starting', ['hint']],
];

test.each(mutants)('a table that %s is found out (control)', (_title, from, by, state, actions) => {
  const mutant: Next = (at, event) => (at === from && event === by ? { state, actions } : next(at, event));
  // The same lives each time: whether they find it must not be a matter of luck.
  expect(() => lives(mutant, { seed: 1 })).toThrow();
});
