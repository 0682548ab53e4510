// What became of a question that was typed into a session, by its transcript.
import { expect, test } from 'vitest';
import type { LastTurn, SaidText } from '#hooks/claude/transcript-tail.ts';
import { endOf } from '#runner/verbs/ask-by-tmux.ts';

const SENT_MS = Date.parse('2026-11-30T12:00:00Z');
const at = new Date(SENT_MS + 1).toISOString();
const user = (text: string): SaidText => ({ role: 'user', text, at });
const claude = (text: string): SaidText => ({ role: 'assistant', text, at });
const STOPPED = user('[Request interrupted by user]');
const before = (said: SaidText): SaidText => ({ ...said, at: new Date(SENT_MS - 1).toISOString() });
const end = (said: SaidText[], turn: LastTurn['turn'] = 'ended', fault: LastTurn['fault'] = null) =>
  endOf({ text: 'q', sentMs: SENT_MS }, said, { turn, fault });

test.each([
  ['the last text of the turn', [user('q'), claude('let me look'), claude('42')], '42'],
  ['not of the next prompt', [user('q'), claude('42'), user('more'), claude('43')], '42'],
  ['of the newest, where it was asked twice', [before(user('q')), before(claude('41')), user('q'), claude('42')], '42'],
])('an answer is %s', (_, said, answer) => {
  expect(end(said)).toEqual({ kind: 'answered', answer });
});

test.each<[string, SaidText[], LastTurn['turn'], LastTurn['fault']]>([
  ['it was not asked yet, and another turn has ended', [claude('41')], 'ended', null],
  ['it was not asked yet, and another turn has failed', [user('x'), claude('API Error')], 'ended', 'api-error'],
  ['it was asked, and another turn was interrupted before', [before(user('q'))], 'interrupted', null],
  ['it has no answer yet', [user('q')], 'prompted', null],
  ['it is at work', [user('q'), claude('let me look')], 'tool', null],
  ['another one was asked', [user('qq'), claude('42')], 'ended', null],
  ['its answer is not written yet', [claude('41'), user('q')], 'ended', null],
])('nothing became of it yet: %s', (_, said, turn, fault) => {
  expect(end(said, turn, fault)).toBeNull();
});

test.each<[string, SaidText[], LastTurn['turn'], LastTurn['fault'], string]>([
  ['interrupted', [user('q'), claude('let me'), STOPPED], 'interrupted', null, 'interrupted'],
  [
    'interrupted, and another one was answered',
    [user('q'), STOPPED, user('x'), claude('42')],
    'ended',
    null,
    'interrupted',
  ],
  ['interrupted, of which nobody wrote', [user('q')], 'interrupted', null, 'interrupted'],
  ['an error of the API', [user('q'), claude('API Error')], 'ended', 'api-error', 'error'],
  ['nobody is logged in', [user('q')], 'ended', 'not-logged-in', 'not logged in'],
])('it ended without an answer: %s', (_, said, turn, fault, why) => {
  expect(end(said, turn, fault)).toEqual({ kind: 'unanswered', why });
});
