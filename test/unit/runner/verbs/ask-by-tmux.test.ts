import { expect, test } from 'vitest';
import { answerTo } from '#runner/verbs/ask-by-tmux.ts';

const user = (text: string) => ({ role: 'user', text });
const claude = (text: string) => ({ role: 'assistant', text });

test.each([
  ['the last text of the turn', [user('q'), claude('let me look'), claude('42')], '42'],
  ['not what came before', [claude('41'), user('q')], null],
  ['not of the next prompt', [user('q'), claude('42'), user('more'), claude('43')], '42'],
  ['of the newest, where it was asked twice', [user('q'), claude('41'), user('q'), claude('42')], '42'],
  ['of no other question', [user('qq'), claude('42')], null],
])('an answer is %s', (_, texts, answer) => {
  expect(answerTo('q', texts)).toBe(answer);
});
