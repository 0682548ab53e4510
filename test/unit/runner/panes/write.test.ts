// The protocol of a write against a pane that behaves as claude does, and as those who are in its way do.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noSuchError } from '#blackboard/system/errors.ts';
import { submittedText } from '#hooks/claude/submitted.ts';
import { decidePane } from '#runner/panes/decide.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { pressKey } from '#runner/panes/press-key.ts';
import { readScreen } from '#runner/panes/screen.ts';
import { requireGate, submit } from '#runner/panes/write.ts';
import { factsOf, PANE_FIXTURES, screenNamed } from '#test/support/pane-fixtures.ts';
import { paneWorld, RULE, type World } from '#test/support/pane-world.ts';

const TEXT = '[agent-runner] go on';

let home: string;
let transcript: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pane-write-'));
  transcript = join(home, 't.jsonl');
  writeFileSync(transcript, '{"type":"user","message":{"content":"[agent-runner] go on"}}\n');
});
afterEach(() => rmSync(home, { recursive: true }));

const world = (changes: Partial<World> = {}) => paneWorld(transcript, changes);

const sends = (to: ReturnType<typeof world>, isForced = false) =>
  submit(to.pane, to.view(), TEXT, isForced, jsonl => submittedText(jsonl, TEXT));

test('a text is pasted, seen, sent once and proven by what the transcript got since', async () => {
  const to = world();
  expect(await sends(to)).toBe('sent');
  expect(to.keys).toEqual(['paste', 'Enter']);
});

test.each<[string, Partial<World>, RegExp]>([
  ['somebody types into the box at the same time', { box: `${TEXT}x` }, /is not seen/],
  ['a dialog opens', { dialog: true }, /a dialog has opened/],
  ['a turn begins', { status: 'busy' }, /a turn has begun/],
  ['another session comes', { session: 't' }, /another session/],
  ['the text is swallowed', { box: '' }, /is not seen/],
  ['it becomes a chip', { box: '[Pasted text #1]' }, /is not seen/],
  ['the registry waits for something that nobody sees', { status: 'waiting' }, /not as it was/],
  ['the pane goes into copy mode', { canWrite: false }, /takes no keys any more/],
])('after the paste %s: Enter is not pressed', async (_, changes, words) => {
  const to = world();
  to.after = () => void Object.assign(to, changes);
  await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: expect.stringMatching(words) });
  expect(to.keys).toEqual(['paste']);
});

test('a pane that takes no keys gets none', async () => {
  const to = world({ canWrite: false });
  await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('takes no keys now') });
  expect(to.keys).toEqual([]);
});

test('what somebody types between the last look and Enter is told as mixed, and not sent again', async () => {
  const to = world();
  const { write } = to.pane;
  to.pane.write = what => {
    if ('key' in what) to.box = '[agent-runner] go xon';
    return write(what);
  };
  await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('go xon') });
  expect(to.keys).toEqual(['paste', 'Enter']);
});

test.each([
  ['as it is', TEXT, 'sent'],
  ['with more of theirs', `${TEXT} and more`, null],
])(
  'somebody else presses Enter on our text, %s: it is told what came of it, and not that nothing was sent',
  async (_, box, kind) => {
    const to = world();
    to.after = what => {
      if (!('text' in what)) return;
      appendFileSync(transcript, `${JSON.stringify({ type: 'user', message: { content: box } })}\n`);
      Object.assign(to, { box: '', status: 'busy' });
    };
    if (kind) expect(await sends(to)).toBe(kind);
    else await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: /^mixed: .* and more/ });
    expect(to.keys).toEqual(['paste']);
  },
);

test('without a proof nobody is told that it was sent', async () => {
  const to = world();
  await expect(submit(to.pane, to.view(), TEXT, false, () => null)).rejects.toMatchObject({
    ...{ exit: 75, message: expect.stringContaining('nothing proves') },
    hint: expect.stringContaining('the box has nothing'),
  });
});

test('with --force a text may wait for the end of a turn, and not for that of a dialog', async () => {
  const to = world({ status: 'busy' });
  expect(() => requireGate(to.view(), 'send', false)).toThrow(/With --force|refused/);
  expect(requireGate(to.view(), 'send', true)).toBe(true);
  expect(await sends(to, true)).toBe('sent');
  const standing = world({ dialog: true });
  for (const force of [true, false])
    expect(() => requireGate(standing.view(), 'send', force)).toThrow(expect.objectContaining({ exit: 75 }));
});

test('no screen that is not idle lets anybody type, whatever is forced over a draft or a dialog', () => {
  for (const fixture of PANE_FIXTURES.filter(({ state }) => state !== 'idle')) {
    const facts = factsOf(fixture);
    const seen = { ...world().view(), ...decidePane(facts), screen: facts.screen };
    for (const verb of ['send', 'ask', 'cmd'] as const) {
      expect(() => requireGate(seen, verb, false), fixture.name).toThrow(expect.objectContaining({ exit: 75 }));
      if (fixture.state === 'drafting' || fixture.state === 'modal')
        expect(() => requireGate(seen, verb, true), fixture.name).toThrow(expect.objectContaining({ exit: 75 }));
    }
    if (fixture.state !== 'modal')
      expect(() => requireGate(seen, 'press', true), fixture.name).toThrow(expect.objectContaining({ exit: 75 }));
  }
});

test('the own pane is refused for good', () => {
  expect(() => requireGate(world({ isOwn: true }).view(), 'send', true)).toThrow(expect.objectContaining({ exit: 77 }));
});

test('a key that changes nothing is told so; one that does, as soon as it is seen, and not before its time', async () => {
  const to = world({ dialog: true });
  const isChanged = (now: PaneView) => now.state !== 'modal';
  expect(await pressKey(to.pane, '1', { isChanged })).toBeNull();
  to.after = () => void Object.assign(to, { dialog: false });
  const sinceMs = to.nowMs;
  expect(await pressKey(to.pane, 'Escape', { isChanged, holdsMs: 1_000 })).toMatchObject({ state: 'idle' });
  expect(to.nowMs - sinceMs).toBeGreaterThanOrEqual(1_000);
  to.canWrite = false;
  await expect(pressKey(to.pane, '1', { isChanged })).rejects.toMatchObject({ exit: 75 });
});

test('a pane that is gone once a key was pressed is not told as one that never was', async () => {
  const to = world();
  to.after = what => {
    if ('key' in what) to.pane.look = () => Promise.reject(noSuchError('no pane of tmux has "%1"'));
  };
  // The transcript has it, wherever the pane is.
  expect(await sends(to)).toBe('sent');
  const silent = world();
  const { write } = silent.pane;
  silent.pane.write = async what => {
    if ('text' in what) return write(what);
    silent.pane.look = () => Promise.reject(noSuchError('no pane of tmux has "%1"'));
    return true;
  };
  const seen = { exit: 75, message: expect.stringMatching(/^Enter was pressed, .*no pane of tmux/) };
  await expect(sends(silent)).rejects.toMatchObject(seen);
  const at = world({ dialog: true });
  at.after = () => {
    at.pane.look = () => Promise.reject(noSuchError('it is gone'));
  };
  const pressed = pressKey(at.pane, 'Escape', { isChanged: () => true });
  await expect(pressed).rejects.toMatchObject({ exit: 75, message: expect.stringMatching(/^Escape was pressed/) });
});

test('a person’s screen with a scrolled draft is no empty box', () => {
  const screen = readScreen(
    screenNamed('draft-80').replace(new RegExp(`${RULE}(?=[\\s\\S]*❯)`), `─── ↑ 13 more ${RULE}`),
  );
  expect(screen.kind === 'box' && screen.holds === 'nothing').toBe(false);
});
