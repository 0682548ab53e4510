/**
 * The life of an agent under a supervisor, as a table: state × event → state, and what is to be done. Pure; supervisor.ts tells the
 * events and does the actions. Every pair has a cell, also those that no supervisor brings about: they end what should not run.
 */

/** Actions: see {@link Action}. `-`: the state stays, and nothing is done. */
type Cell = '-' | State | `${State}: ${Action}` | `${State}: ${Action} ${Action}`;

export type Action =
  /** Take its lock and run its loop. */
  | 'start'
  /** No further turn: its loop ends when its turn has. Also of one that is still being started. */
  | 'end'
  /** Its turn is stopped now. */
  | 'stop'
  /** Its loop looks. */
  | 'hint'
  /** The supervisor looks for agents again. */
  | 'look';

export const STATES = [
  'absent', // no loop, and none is wanted, or it could not be had
  'held', // a fault kept it from starting: tried again soon
  'starting', // its lock is being taken
  'running', // its loop runs
  'leaving', // its loop is to end, when its turn has: disabled, stopped, or its lock was lost
  'stopping', // its directory is gone: its turn is stopped, its loop is to end
  'draining', // the runner ends: as leaving, and never started again
  'halting', // the runner ends now: as stopping, and never started again
  'over', // never started again
] as const;
export type State = (typeof STATES)[number];

type Table<Event extends string> = Readonly<Record<State, Readonly<Record<Event, Cell>>>>;

/** A row for each state, a column for each event. */
function table<const Event extends string>(
  events: readonly Event[],
  rows: Readonly<Record<State, readonly Cell[]>>,
): Table<Event> {
  const row = (state: State) => events.map((event, at) => [event, rows[state][at]]);
  return Object.fromEntries(STATES.map(state => [state, Object.fromEntries(row(state))])) as Table<Event>;
}

/** What a look finds. `unwanted`: disabled, stopped, not asked for, or without an agent.md; `gone`: so is its directory. */
// biome-ignore format: a table is read as a table
const FOUND = table(
               ['wanted',          'unwanted',      'gone'], {
  absent:      ['starting: start', '-',             '-'],
  held:        ['starting: start', 'absent',        'absent'],
  starting:    ['-',               'leaving: end',  'stopping: end stop'],
  running:     ['-',               'leaving: end',  'stopping: end stop'],
  leaving:     ['-',               '-',             'stopping: stop'],
  stopping:    ['-',               '-',             '-'],
  draining:    ['-',               '-',             'halting: stop'],
  halting:     ['-',               '-',             '-'],
  over:        ['-',               '-',             '-'],
});

/**
 * What comes of a start, and of the loop. `failed`: by a fault; `refused`: somebody else runs it; `ended`: its loop, and its lock was
 * given back; `done`: the same, or a start that failed, where it has one run only (--once).
 */
// biome-ignore format: a table is read as a table
const CAME = table(
               ['started',         'failed',        'refused',       'lockLost',      'ended',         'done'], {
  absent:      ['leaving: end',    '-',             '-',             '-',             '-',             'over'],
  held:        ['leaving: end',    '-',             'absent',        '-',             'absent: look',  'over'],
  starting:    ['running',         'held',          'absent',        'leaving: end',  'absent: look',  'over: look'],
  running:     ['-',               'held',          'absent',        'leaving: end',  'absent: look',  'over: look'],
  leaving:     ['-',               'absent: look',  'absent: look',  '-',             'absent: look',  'over: look'],
  stopping:    ['-',               'absent: look',  'absent: look',  '-',             'absent: look',  'over: look'],
  draining:    ['-',               'over',          'over',          '-',             'over',          'over'],
  halting:     ['-',               'over',          'over',          '-',             'over',          'over'],
  over:        ['draining: end',   '-',             '-',             '-',             '-',             '-'],
});

/** What happens around it, and what the runner is told. `changed`: there may be something to do for it. */
// biome-ignore format: a table is read as a table
const TOLD = table(
               ['changed',         'drain',         'stopNow'], {
  absent:      ['-',               'over',          'over'],
  held:        ['-',               'over',          'over'],
  starting:    ['-',               'draining: end', 'halting: end stop'],
  running:     ['running: hint',   'draining: end', 'halting: end stop'],
  leaving:     ['-',               'draining',      'halting: stop'],
  stopping:    ['-',               'halting',       'halting'],
  draining:    ['-',               '-',             'halting: stop'],
  halting:     ['-',               '-',             '-'],
  over:        ['-',               '-',             '-'],
});

const TABLE = Object.fromEntries(
  STATES.map(state => [state, { ...FOUND[state], ...CAME[state], ...TOLD[state] }]),
) as Table<Event>;

export type Event = keyof (typeof FOUND)[State] | keyof (typeof CAME)[State] | keyof (typeof TOLD)[State];

export const EVENTS = Object.keys(TABLE.absent) as readonly Event[];

/** The state that follows, and what is to be done, in this order. */
export function next(state: State, event: Event): { state: State; actions: readonly Action[] } {
  const cell = TABLE[state][event];
  if (cell === '-') return { state, actions: [] };
  const [to, ...actions] = cell.split(/:? /) as [State, ...Action[]];
  return { state: to, actions };
}
