import { describe, expect, test } from 'vitest';
import { decidePane, type PaneFacts } from '#runner/panes/decide.ts';
import { gatesOf } from '#runner/panes/gates.ts';
import { readScreen } from '#runner/panes/screen.ts';
import { DIALOG_RULES, WORKING } from '#runner/panes/screen-rules.ts';
import { readLines } from '#runner/panes/screen-text.ts';
import { isInBox, OUR_WORD } from '#runner/panes/typed-text.ts';
import { factsOf, fixtureFiles, PANE_FIXTURES, type PaneFixture, screenNamed } from '#test/support/pane-fixtures.ts';

const named = (name: string): PaneFixture => PANE_FIXTURES.find(each => each.name === name)!;

test('every captured screen has its row', () => {
  expect(PANE_FIXTURES.map(({ name }) => `${name}.ansi`).sort()).toEqual(fixtureFiles().sort());
});

test.each(PANE_FIXTURES)('$name ($version) is $state, $subtype', fixture => {
  const { state, subtype } = decidePane(factsOf(fixture));
  expect({ state, subtype }).toEqual({ state: fixture.state, subtype: fixture.subtype });
});

test.each(DIALOG_RULES)(
  'a screen of each version shows the dialog $dialog that its rule names',
  ({ dialog, versions }) => {
    for (const version of versions)
      expect(
        PANE_FIXTURES.some(each => each.version === version && each.subtype === dialog),
        version,
      ).toBe(true);
  },
);

test.each(WORKING)('a screen of each version shows the work $what that its rule names', ({ line, versions }) => {
  for (const version of versions) {
    const found = PANE_FIXTURES.filter(each => each.version === version).map(({ captured }) => readScreen(captured));
    expect(
      found.some(screen => screen.kind === 'box' && screen.working && line.test(screen.working.line)),
      version,
    ).toBe(true);
  }
});

describe('where a source says otherwise, nothing is guessed', () => {
  const saysOf = (facts: PaneFacts) => decidePane(facts);
  const idle = named('idle_named');

  test.each(['busy', 'waiting', 'unheard-of'])('an empty box, and a registry that says %s', status => {
    const told = saysOf(factsOf(idle, { registry: { status, waitingFor: null, statusSinceMs: 2 } }));
    expect(told.state).not.toBe('idle');
    expect(told.state).toBe(status === 'busy' ? 'busy' : 'other');
  });

  test('a dialog, and a registry that says idle or another dialog', () => {
    for (const fixture of PANE_FIXTURES.filter(({ subtype }) => subtype === 'permission' || subtype === 'question'))
      for (const registry of [
        { status: 'idle', waitingFor: null, statusSinceMs: 2 },
        { status: 'busy', waitingFor: null, statusSinceMs: 2 },
        { status: 'waiting', waitingFor: 'dialog open', statusSinceMs: 2 },
      ])
        expect(saysOf(factsOf(fixture, { registry })), fixture.name).toMatchObject({
          state: 'other',
          subtype: 'disagree',
        });
  });

  test('work on the screen, and a registry that says idle', () => {
    for (const fixture of PANE_FIXTURES.filter(({ state }) => state === 'busy')) {
      const registry = { status: 'idle', waitingFor: null, statusSinceMs: 2 };
      const screen = readScreen(fixture.captured);
      const ended = { turn: 'ended', fault: null, atMs: 1, tool: null } as const;
      if (screen.kind === 'box' && screen.working)
        expect(saysOf(factsOf(fixture, { registry, transcript: ended })), fixture.name).toMatchObject({
          subtype: 'disagree',
        });
    }
  });

  test.each(['tool', 'prompted'] as const)(
    'an empty box, a registry that says idle, and a transcript that ends in %s',
    turn => {
      const transcript = { turn, fault: null, atMs: 5, tool: 'Bash' };
      const told = saysOf(factsOf(idle, { transcript }));
      expect(told).toMatchObject({ state: 'other', subtype: 'disagree' });
      // Each says what it says.
      expect(told.sources.map(({ source }) => source)).toEqual(['screen', 'registry', 'transcript']);
      expect(told.reason).toContain('the registry says idle');
    },
  );

  test('a prompt that was taken back leaves no record: claude has come to rest since it was written', () => {
    const transcript = { turn: 'prompted', fault: null, atMs: 1, tool: null } as const;
    expect(saysOf(factsOf(idle, { transcript }))).toMatchObject({ state: 'idle', subtype: 'interrupted' });
  });

  test('a transcript that cannot be read', () => {
    expect(saysOf(factsOf(idle, { transcript: null }))).toMatchObject({ state: 'other', subtype: 'disagree' });
  });

  test('no session in the registry, whatever the screen shows but what comes before there is one', () => {
    for (const fixture of PANE_FIXTURES) {
      const told = saysOf(factsOf(fixture, { registry: null }));
      const isFirst = ['trust', 'bypass', 'resume', 'login'].includes(fixture.subtype ?? '');
      expect(told.state, fixture.name).toBe(isFirst ? 'modal' : 'other');
    }
  });

  test.each([
    [{ isDead: true }, 'dead'],
    [{ inMode: true }, 'copy-mode'],
    [{ inputOff: true }, 'input-off'],
  ])('a pane of which tmux says %o is never idle', (flags, subtype) => {
    const pane = { isDead: false, inMode: false, inputOff: false, command: 'claude', ...flags };
    expect(saysOf(factsOf(idle, { pane }))).toMatchObject({ state: 'other', subtype });
  });

  test('a claude that is suspended, or whose process is gone', () => {
    expect(saysOf(factsOf(idle, { isSuspended: true }))).toMatchObject({ state: 'other', subtype: 'suspended' });
    expect(saysOf(factsOf(idle, { registry: null, hasCrashed: true }))).toMatchObject({
      state: 'other',
      subtype: 'crashed',
    });
  });

  test('a screen that nobody knows', () => {
    const screen = readScreen('$ ls\nfile\n$ ');
    expect(saysOf(factsOf(idle, { screen }))).toMatchObject({ state: 'other', subtype: 'unknown' });
  });
});

/** xorshift32: the same screens in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.abs(state) % below;
  };
}

const PROSE = [
  '● Do you want to proceed?',
  '  ❯ 1. Yes',
  '  Esc to cancel · Tab to amend',
  `  ${'─'.repeat(60)}`,
  '  ❯\u00a0',
  '● idle',
];

const OURS = `${OUR_WORD}Do you want to proceed?`;

/** Cut, shifted, resized, in another theme, with prose that quotes a box or a dialog. */
function mutated(captured: string, random: (below: number) => number): string {
  let lines = captured.split('\n');
  const times = 1 + random(3);
  for (let time = 0; time < times; time++) {
    const kind = random(6);
    if (kind === 0) lines = lines.slice(random(lines.length));
    else if (kind === 1) lines = lines.slice(0, 1 + random(lines.length));
    else if (kind === 2) lines = lines.map(line => line.slice(0, 40 + random(210)));
    else if (kind === 3) lines.splice(random(lines.length), 0, PROSE[random(PROSE.length)]!);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: another theme has other colours.
    else if (kind === 4) lines = lines.map(line => line.replace(/\u001b\[38;5;\d+m/g, `\u001b[38;5;${random(256)}m`));
    else lines.splice(random(lines.length), 1);
  }
  return lines.join('\n');
}

test('1,000 mutated screens open no gate where the session is not idle', () => {
  const random = randomFrom(20_261_130);
  const working = PANE_FIXTURES.filter(({ state }) => state !== 'idle');
  const states = new Map<string, number>();
  for (let count = 0; count < 1_000; count++) {
    const fixture = working[random(working.length)]!;
    const screen = readScreen(mutated(fixture.captured, random));
    const facts = factsOf(fixture, { screen });
    // A draft is on the screen alone: if its line was cut off, no source can know of it.
    if (fixture.state === 'drafting' && fixture.registry?.status !== 'busy')
      facts.registry = { status: 'busy', waitingFor: null, statusSinceMs: 2 };
    // Help, the search of prompts and the transcript as well.
    if (['help', 'search', 'transcript'].includes(fixture.subtype ?? '') && screen.kind === 'box') continue;
    const told = decidePane(facts);
    states.set(told.state, (states.get(told.state) ?? 0) + 1);
    const gates = gatesOf(told, { isOwn: false, hasEmptyBox: true });
    const open = gates.filter(({ isOpen }) => isOpen).map(({ verb }) => verb);
    const types = ['send', 'ask', 'cmd', ...(fixture.state === 'modal' ? [] : ['press'])] as const;
    expect(
      open.filter(verb => types.some(each => each === verb)),
      `${fixture.name} ${told.reason}`,
    ).toEqual([]);
    // Nor is what stands there taken for a text of ours, which Enter would send.
    expect(screen.kind === 'box' && isInBox(screen.text, OURS), fixture.name).toBe(false);
  }
  // It is no test if nothing is recognised any more.
  expect([...states.keys()].sort()).toEqual(expect.arrayContaining(['busy', 'drafting', 'modal', 'other']));
});

describe('what quotes a dialog is none', () => {
  const box = (above: string, draft = '') =>
    `${above}\n\n${'─'.repeat(80)}\n❯\u00a0${draft}\n${'─'.repeat(80)}\n  ⏸ manual mode on · ? for shortcuts\n`;
  const dialog = screenNamed('modal_permission_bash').split('\n').slice(-14).join('\n');

  test('in the words of the model, which the CLI indents', () => {
    const screen = readScreen(
      box(
        dialog
          .split('\n')
          .map(line => `  ${line}`)
          .join('\n'),
      ),
    );
    expect(screen).toMatchObject({ kind: 'box', holds: 'nothing', working: null });
  });

  test('as it is, above a box: what counts is what is last', () => {
    expect(readScreen(box(dialog))).toMatchObject({ kind: 'box', holds: 'nothing' });
  });

  test('in a draft', () => {
    const draft = dialog
      .split('\n')
      .map((line, at) => (at === 0 ? line : `  ${line}`))
      .join('\n');
    expect(readScreen(box('● fine', draft))).toMatchObject({ kind: 'box', holds: 'draft' });
  });

  test('and what quotes a box, inside a dialog, does not empty it', () => {
    const quoting = screenNamed('modal_permission_bash').replace(
      'touch',
      ` ${'─'.repeat(60)} ❯\u00a0 ${'─'.repeat(60)} touch`,
    );
    expect(readScreen(quoting)).toMatchObject({ kind: 'dialog', dialog: 'permission' });
  });

  test('a permission is one with the cursor on any of its choices', () => {
    const second = readLines(screenNamed('modal_permission_bash'))
      .map(({ text }) => text)
      .join('\n')
      .replace('❯ 1.', '  1.')
      .replace('  2.', '❯ 2.')
      .replace(/ · Tab to amend.*/, '');
    expect(second).toContain('❯ 2.');
    expect(readScreen(second)).toMatchObject({ kind: 'dialog', dialog: 'permission' });
  });

  test('words that look like work', () => {
    expect(readScreen(box('● I was\n  ✻ Thinking… (3s)\n  esc to interrupt'))).toMatchObject({ working: null });
  });
});
