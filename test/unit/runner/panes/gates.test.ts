import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GATES, gateOf, gatesOf, type PaneVerb } from '#runner/panes/gates.ts';

const STATES = ['idle', 'busy', 'drafting', 'modal', 'other'] as const;
const VERBS = Object.keys(GATES) as PaneVerb[];
const PRESSES: readonly PaneVerb[] = ['send', 'ask', 'cmd', 'esc', 'press', 'self'];
const elsewhere = { isOwn: false, hasEmptyBox: true };
const is = (state: (typeof STATES)[number], subtype: string | null = null) => ({
  state,
  subtype,
  reason: 'the reason',
});

test('docs/panes.md has the same table', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../../docs/panes.md', import.meta.url)), 'utf8');
  const rows = VERBS.map(verb => `| ${[verb, ...STATES.map(state => GATES[verb][state])].join(' | ')} |`);
  expect(page).toContain(`| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n\n`);
});

test.each(VERBS)('%s is open where the table says yes, and nowhere else', verb => {
  for (const state of STATES) {
    const gate = gateOf(verb, is(state), { ...elsewhere, isOwn: verb === 'self' });
    expect(gate.isOpen, state).toBe(GATES[verb][state] === 'yes');
    expect(gate.override, state).toBe(GATES[verb][state] === 'force' ? '--force' : null);
    expect(gate.why).not.toBe('');
  }
});

test('a draft and a dialog are never overridden, whoever calls', () => {
  for (const verb of PRESSES)
    for (const state of ['drafting', 'modal'] as const)
      for (const isOwn of [true, false])
        expect(gateOf(verb, is(state), { isOwn, hasEmptyBox: false }).override, `${verb} ${state}`).toBeNull();
});

test('an unknown screen without an empty box may be a dialog: --force does not help', () => {
  for (const verb of ['send', 'ask', 'cmd', 'esc'] as const) {
    expect(gateOf(verb, is('other', 'disagree'), elsewhere).override).toBe('--force');
    expect(gateOf(verb, is('other', 'unknown'), { isOwn: false, hasEmptyBox: false })).toMatchObject({
      ...{ isOpen: false, override: null },
      why: expect.stringContaining('no empty box'),
    });
  }
});

test.each(['dead', 'copy-mode', 'input-off', 'suspended', 'no-session', 'crashed'])(
  'nothing opens a pane that is %s',
  subtype => {
    for (const verb of PRESSES) {
      const gate = gateOf(verb, is('other', subtype), { ...elsewhere, isOwn: verb === 'self' });
      expect(gate).toMatchObject({ isOpen: false, override: null, why: 'the reason' });
    }
  },
);

test('the own pane is for self alone, and self for the own pane', () => {
  const own = gatesOf(is('busy'), { isOwn: true, hasEmptyBox: true });
  expect(own.filter(({ isOpen }) => isOpen).map(({ verb }) => verb)).toEqual([
    'self',
    'list',
    'status',
    'wait',
    'peek',
    'tail',
  ]);
  expect(own.find(({ verb }) => verb === 'send')).toMatchObject({
    override: null,
    why: expect.stringContaining('self'),
  });
  expect(gateOf('self', is('idle'), elsewhere)).toMatchObject({ isOpen: false, override: null });
});

test.each(['error', 'not-logged-in'])('idle after a turn without an answer (%s) is for --force', subtype => {
  for (const verb of ['send', 'ask', 'cmd'] as const)
    expect(gateOf(verb, is('idle', subtype), elsewhere)).toMatchObject({ isOpen: false, override: '--force' });
  for (const ended of [null, 'interrupted', 'background'])
    expect(gateOf('send', is('idle', ended), elsewhere)).toMatchObject({ isOpen: true });
});
