/**
 * What each verb may do to a pane in each state, in one table (docs/panes.md repeats it, and a test compares the two). Pure.
 * Nothing here presses a key: who does (write.ts), asks first.
 */
import type { PaneState, StateWord } from '#runner/panes/decide.ts';

export type PaneVerb =
  | 'send'
  | 'ask'
  | 'cmd'
  | 'esc'
  | 'press'
  | 'self'
  | 'kill'
  | 'list'
  | 'status'
  | 'wait'
  | 'peek'
  | 'tail';

export interface Gate {
  verb: PaneVerb;
  isOpen: boolean;
  /** One sentence, without its full stop. */
  why: string;
  /** `--force` would open it; null: nothing does. */
  override: '--force' | null;
}

/** yes: open · force: only with --force · no: never. */
type Leave = 'yes' | 'force' | 'no';

const IDLE_ONLY: Readonly<Record<StateWord, Leave>> = {
  idle: 'yes',
  busy: 'force',
  drafting: 'no',
  modal: 'no',
  other: 'force',
};
const ALWAYS: Readonly<Record<StateWord, Leave>> = {
  idle: 'yes',
  busy: 'yes',
  drafting: 'yes',
  modal: 'yes',
  other: 'yes',
};

/** A draft and a dialog are never overridden: keys would destroy the one, and answer the other. */
export const GATES: Readonly<Record<PaneVerb, Readonly<Record<StateWord, Leave>>>> = {
  send: IDLE_ONLY,
  ask: IDLE_ONLY,
  cmd: IDLE_ONLY,
  esc: { idle: 'yes', busy: 'yes', drafting: 'no', modal: 'yes', other: 'force' },
  press: { idle: 'no', busy: 'no', drafting: 'no', modal: 'yes', other: 'no' },
  self: { idle: 'yes', busy: 'yes', drafting: 'no', modal: 'no', other: 'no' },
  // What is not IDLE_ONLY by name: a session whose last turn has failed may end.
  kill: { ...IDLE_ONLY },
  list: ALWAYS,
  status: ALWAYS,
  wait: ALWAYS,
  peek: ALWAYS,
  tail: ALWAYS,
};

/** A pane in which no key would reach claude, whatever anybody wants. */
const UNREACHABLE: readonly (string | null)[] = [
  'dead',
  'copy-mode',
  'input-off',
  'suspended',
  'no-session',
  'crashed',
];

/** Idle, but the transcript's last record is no answer that ended. */
const UNANSWERED: readonly (string | null)[] = ['error', 'not-logged-in'];

/** `isOwn`: the caller's session stands in this pane. `hasEmptyBox`: its screen shows one. */
export function gateOf(
  verb: PaneVerb,
  { state, subtype, reason }: Pick<PaneState, 'state' | 'subtype' | 'reason'>,
  { isOwn, hasEmptyBox }: { isOwn: boolean; hasEmptyBox: boolean },
): Gate {
  const gate = (leave: Leave, why: string): Gate => ({
    ...{ verb, isOpen: leave === 'yes', why },
    override: leave === 'force' ? '--force' : null,
  });
  const leave = GATES[verb][state];
  if (GATES[verb] === ALWAYS) return gate('yes', 'it only looks');
  if (verb === 'self' && !isOwn) return gate('no', 'it is for the own pane only');
  if (verb !== 'self' && isOwn)
    return gate('no', 'it is the own pane: its claude runs this very call (agent-runner self waits for its end)');
  if (UNREACHABLE.includes(subtype)) return gate('no', reason);
  // An unknown screen may be a dialog, which text and Enter would answer.
  if (leave === 'force' && state === 'other' && !hasEmptyBox) return gate('no', `no empty box is seen: ${reason}`);
  // No answer ended that turn: what is sent now may fail in the same way.
  if (GATES[verb] === IDLE_ONLY && UNANSWERED.includes(subtype)) return gate('force', reason);
  return gate(leave, leave === 'yes' && verb !== 'esc' && verb !== 'press' ? 'the box is empty' : reason);
}

/** All of them, in the order of the table. */
export const gatesOf = (
  state: Pick<PaneState, 'state' | 'subtype' | 'reason'>,
  caller: { isOwn: boolean; hasEmptyBox: boolean },
): Gate[] => (Object.keys(GATES) as PaneVerb[]).map(verb => gateOf(verb, state, caller));
