// A draft that is put aside for a text of ours: it is seen to come back, or it is said where it is.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryError } from '#blackboard/system/errors.ts';
import { submittedText } from '#hooks/claude/submitted.ts';
import { decidePane } from '#runner/panes/decide.ts';
import { requireAside, whyNotAside, withDraftAside } from '#runner/panes/stash.ts';
import { submit } from '#runner/panes/write.ts';
import { factsOf, PANE_FIXTURES } from '#test/support/pane-fixtures.ts';
import { paneWorld, type World } from '#test/support/pane-world.ts';

const TEXT = '[agent-runner] go on';
const DRAFT = 'half a  sentence\n    and its second line';

let home: string;
let transcript: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pane-stash-'));
  transcript = join(home, 't.jsonl');
  writeFileSync(transcript, '');
});
afterEach(() => rmSync(home, { recursive: true }));

const world = (changes: Partial<World> = {}) => paneWorld(transcript, { box: DRAFT, ...changes });
const sends = (to: ReturnType<typeof world>) =>
  withDraftAside(to.pane, to.view(), (pane, empty) =>
    submit(pane, empty, TEXT, false, jsonl => submittedText(jsonl, TEXT)),
  );
const quoted = expect.stringContaining(JSON.stringify(DRAFT));
const isBack = expect.stringContaining('The draft is back in the box');

test('a draft is put aside, the text is sent alone, and the draft is back row by row', async () => {
  const to = world();
  expect(await sends(to)).toBe('sent');
  expect(to).toMatchObject({ keys: ['C-s', 'paste', 'Enter'], box: DRAFT, stash: null });
  expect(readFileSync(transcript, 'utf8')).not.toContain('half');
});

test('a draft that does not come back as it was is told, and so is where to look', async () => {
  for (const left of ['', DRAFT.replace('half', 'hal'), DRAFT.trimEnd().replace('    and', 'and')]) {
    const to = world();
    to.after = what => {
      if ('key' in what && what.key === 'Enter') to.box = left;
    };
    await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: /^it was sent, but/, hint: quoted });
  }
});

test('a Ctrl+S that puts nothing aside is followed by nothing', async () => {
  for (const changes of [
    { stash: null, box: DRAFT },
    { stash: null, box: '' },
    { dialog: true, stash: DRAFT },
  ]) {
    const to = world();
    to.after = () => void Object.assign(to, changes);
    await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: /^Ctrl\+S was pressed/, hint: quoted });
    expect(to.keys).toEqual(['C-s']);
  }
  const deaf = world({ canWrite: false });
  await expect(sends(deaf)).rejects.toMatchObject({ exit: 75, message: /was not touched/ });
  expect(deaf.keys).toEqual([]);
});

test('what is refused with the box emptied brings the draft back', async () => {
  const to = world();
  const refused = withDraftAside(to.pane, to.view(), () =>
    Promise.reject(temporaryError('the gate is closed', 'Why.')),
  );
  await expect(refused).rejects.toMatchObject({ exit: 75, message: 'the gate is closed', hint: isBack });
  expect(to).toMatchObject({ keys: ['C-s', 'C-s'], box: DRAFT, stash: null });
});

test('with our own text left in the box Ctrl+S is not pressed again: it would put that aside', async () => {
  const to = world();
  to.after = what => {
    if ('text' in what) to.box += ' typed by somebody';
  };
  await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: /is not seen in the box/, hint: quoted });
  expect(to).toMatchObject({ keys: ['C-s', 'paste'], stash: DRAFT });
});

test('a mixed text is told, and that the draft is back', async () => {
  const to = world();
  const { write } = to.pane;
  to.pane.write = what => {
    if ('key' in what && what.key === 'Enter') to.box = '[agent-runner] go xon';
    return write(what);
  };
  await expect(sends(to)).rejects.toMatchObject({ exit: 75, message: /^mixed/, hint: isBack });
  expect(to.box).toBe(DRAFT);
});

test('only what is seen whole may be put aside, and over no other stash', () => {
  const why = (changes: Partial<World>) => whyNotAside(world(changes).view());
  expect(why({})).toBeNull();
  expect(why({ box: 'see [Pasted text #1 +3 lines] there' })).toMatch(/pasted part/);
  expect(why({ box: '[Image #2]' })).toMatch(/pasted part/);
  expect(why({ status: 'busy' })).toBe('a turn runs');
  expect(why({ stash: 'another' })).toMatch(/would be lost/);
  expect(why({ dialog: true })).toBe('no draft is seen whole');
  expect(() => requireAside(world({ stash: 'another' }).view())).toThrow(expect.objectContaining({ exit: 75 }));
});

test('on screens of the real claude', () => {
  for (const fixture of PANE_FIXTURES) {
    const facts = factsOf(fixture);
    const { state, subtype } = decidePane(facts);
    const stashed = facts.screen.kind === 'box' && facts.screen.isStashed;
    expect(stashed, fixture.name).toBe(/(?:^|_)stashed/.test(fixture.name));
    const may = whyNotAside({ state, subtype, screen: facts.screen }) === null;
    if (may) expect(fixture).toMatchObject({ state: 'drafting', subtype: null });
  }
});
