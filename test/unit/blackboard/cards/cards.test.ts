import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardCommands, cardEndWords, cardQuestion, cardText } from '#blackboard/cards/card-words.ts';
import {
  canonical,
  cardIds,
  clearCards,
  endCard,
  openCards,
  type Question,
  raiseCard,
  readCard,
  useCard,
  waitingCards,
} from '#blackboard/cards/cards.ts';
import { cardNoteKey, closeCard, expireCards, withdrawCards } from '#blackboard/cards/close-card.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { cardPaths, inboxLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock } from '#test/unit/fake-clock.ts';

const ROOT = '/r';
const clock = createFakeClock();
const at = (ms = 0) => new Date(clock.nowMs() + ms).toISOString();
let files: MemoryFiles;
beforeEach(() => {
  files = createMemoryFiles(clock.nowMs);
  files.prepare(ROOT);
});

/** Its writes fail once `goesOn` says so. */
const stopping = (port: Files, goesOn: () => boolean): Files =>
  new Proxy(port, {
    get(target, name: keyof Files) {
      const isRead = ['list', 'facts', 'read', 'obstacle', 'openForWriting'].includes(name);
      return async (...given: never[]) => {
        if (!isRead && !goesOn()) throw new Error('stopped');
        return (target[name] as (...all: never[]) => unknown).apply(target, given);
      };
    },
  });

const question = (changes: Partial<Question> = {}): Question => ({
  kind: 'permission',
  peer: 'worker',
  life: '0123456789abcdef',
  turn: 1,
  message: 'm',
  tool: 'Bash',
  arguments: { command: 'touch a' },
  reason: null,
  rules: [],
  questions: [],
  at: at(),
  untilAt: at(60_000),
  ...changes,
});
const raise = (changes: Partial<Question> = {}) => raiseCard(files, ROOT, question(changes));
const allowed = (by = 'operator'): CardEnd => ({ kind: 'allowed', at: at(), by, always: false });
const use = (turn = 1) => ({ at: at(), turn, call: 'toolu_1' });

describe('the same call for the same message', () => {
  test('is the same card, in a later turn too, and keeps what it was first asked with', async () => {
    const first = await raise();
    const again = await raise({ turn: 2, untilAt: at(120_000), arguments: { command: 'touch a' } });
    expect(again.card).toEqual(first.card);
    expect(again.end).toBeNull();
  });

  test.each<[string, Partial<Question>]>([
    ['another message', { message: 'n' }],
    ['another agent', { peer: 'other' }],
    ['another agent of that name', { life: 'fedcba9876543210' }],
    ['another tool', { tool: 'Edit' }],
    ['other arguments', { arguments: { command: 'touch b' } }],
    ['a turn without a message', { message: null }],
  ])('%s: another card', async (_, changes) => {
    expect((await raise(changes)).card.id).not.toBe((await raise()).card.id);
  });

  test('finds the answer that no call has taken, and is a new card once one has', async () => {
    const { card } = await raise();
    await endCard(files, ROOT, card.id, allowed());
    expect((await raise({ turn: 2 })).end).toMatchObject({ kind: 'allowed' });
    expect(await useCard(files, ROOT, card.id, use(2))).toBe(true);
    expect(await useCard(files, ROOT, card.id, use(3))).toBe(false);
    const next = await raise({ turn: 3 });
    expect(next.card.id).not.toBe(card.id);
    expect(next.end).toBeNull();
  });

  test('is a new card if the old one was withdrawn', async () => {
    const { card } = await raise();
    await endCard(files, ROOT, card.id, { kind: 'withdrawn', at: at(), reason: 'over' });
    expect((await raise()).card.id).not.toBe(card.id);
  });

  test('whatever order the keys of its arguments come in', () => {
    const keys = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(keys, given => {
        const turned = Object.fromEntries(Object.entries(given).reverse());
        expect(canonical(turned)).toBe(canonical(given));
        expect(JSON.parse(canonical(given))).toEqual(JSON.parse(JSON.stringify(given)));
      }),
    );
  });
});

test('of all who end it at once the first stands, and everybody is told the same', async () => {
  const { card } = await raise();
  const enders = Array.from({ length: 20 }, (_, number) => allowed(`p${number}`));
  const ends = await Promise.all(enders.map(end => endCard(files, ROOT, card.id, end)));
  expect(ends.filter(({ isFirst }) => isFirst)).toHaveLength(1);
  expect(new Set(ends.map(({ end }) => JSON.stringify(end))).size).toBe(1);
});

test('one whose time is over has ended, whether or not that was written, and no longer waits', async () => {
  const { card } = await raise();
  expect((await openCards(files, ROOT, clock.nowMs())).map(({ id }) => id)).toEqual([card.id]);
  expect(await openCards(files, ROOT, clock.nowMs() + 60_000)).toEqual([]);
  expect((await readCard(files, ROOT, card.id, clock.nowMs() + 60_000))?.end).toMatchObject({ kind: 'expired' });
  expect(await readCard(files, ROOT, '00000000-0000-8000-8000-000000000000', 0)).toBeNull();
  expect(await cardIds(files, ROOT)).toEqual([card.id]);
});

test('a card that cannot be read hides no other', async () => {
  const [{ card }, other] = [await raise(), await raise({ message: 'n' })];
  await files.remove(cardPaths(ROOT, card.id).card);
  await files.create(cardPaths(ROOT, card.id).card, '{"torn');
  expect((await openCards(files, ROOT, clock.nowMs())).map(({ id }) => id)).toEqual([other.card.id]);
});

test('long arguments are cut, and the card says how long they are; its id is of all of them', async () => {
  const long = 'x'.repeat(limits.cardInputCharsMax);
  const { card } = await raise({ arguments: { content: `${long}1` } });
  expect(card.input).toHaveLength(limits.cardInputCharsMax);
  expect(card.inputChars).toBeGreaterThan(card.input.length);
  expect((await raise({ arguments: { content: `${long}2` } })).card.id).not.toBe(card.id);
  expect(cardText(card)).toContain('characters more');
});

describe('nobody waits any more', () => {
  const inbox = inboxLayout('/r/operator');
  const asked = async (changes: Partial<Question> = {}): Promise<Card> => {
    const { card } = await raise(changes);
    const note = { key: cardNoteKey(card), body: 'may it?' };
    await sendNote({ files, root: ROOT, clock, layout: { name: 'worker' } }, 'operator', note);
    return card;
  };
  const unread = async () => (await files.list(inbox.new)).length;
  const context = () => ({ files, root: ROOT, clock });
  beforeEach(async () => {
    files.prepare('/r/operator', '/r/agents/worker');
    await makeInbox(files, inbox);
  });

  test('withdrawn: only those that are meant, and their notes are put away', async () => {
    const [one, two] = [await asked(), await asked({ message: 'n' })];
    expect(await unread()).toBe(2);
    await withdrawCards(context(), ({ message }) => message === 'm', 'over');
    expect((await waitingCards(files, ROOT)).map(({ id }) => id)).toEqual([two.id]);
    expect((await readCard(files, ROOT, one.id, clock.nowMs()))?.end).toMatchObject({
      kind: 'withdrawn',
      reason: 'over',
    });
    expect(await unread()).toBe(1);
    const told = files.dump().find(([name]) => name === '/r/agents/worker/events.jsonl')?.[1];
    expect(told).toContain('"type":"card.ended"');
  });

  test('its time is over and no runner has waited: it ends all the same', async () => {
    await asked({ untilAt: at() });
    await asked({ message: 'n' });
    await expireCards(context());
    expect(await waitingCards(files, ROOT)).toHaveLength(1);
    expect(await unread()).toBe(1);
  });

  test('one that was ended is told once, and its note is put away by the next who closes it', async () => {
    const card = await asked();
    await endCard(files, ROOT, card.id, allowed());
    const closed = await closeCard(context(), card, { kind: 'expired', at: at() });
    expect(closed).toMatchObject({ isFirst: false, end: { kind: 'allowed' } });
    expect(await unread()).toBe(0);
  });
});

test('what is cleared away goes with all its records, and what is younger stays', async () => {
  const [old, young] = [await raise(), await raise({ message: 'n', untilAt: at(10 * 86_400_000) })];
  await endCard(files, ROOT, old.card.id, allowed());
  await useCard(files, ROOT, old.card.id, use());
  for await (const _ of clearCards(files, ROOT, clock.nowMs() + 86_400_000));
  expect(await files.list('/r/cards')).toEqual([young.card.id]);
});

test('cleared away again after a death at each step: nothing is left', async () => {
  for (let effects = 0; effects < 4; effects++) {
    files = createMemoryFiles(clock.nowMs);
    files.prepare(ROOT);
    const { card } = await raise();
    await endCard(files, ROOT, card.id, allowed());
    await useCard(files, ROOT, card.id, use());
    let left = effects;
    const clear = async (port: Files) => {
      for await (const _ of clearCards(port, ROOT, clock.nowMs() + 86_400_000));
    };
    await clear(stopping(files, () => left-- > 0)).catch(() => {});
    await clear(files);
    expect(await files.list('/r/cards'), `after ${effects} effects`).toEqual([]);
  }
});

test('stopped before every effect, and tried again: a call gets an answer once, and an answer serves one call', async () => {
  for (let effects = 0; ; effects++) {
    files = createMemoryFiles(clock.nowMs);
    files.prepare(ROOT);
    const given: string[] = [];
    /** As the desk does it: it stops for good after so many effects. */
    const desk = async (port: Files, turn: number): Promise<void> => {
      const { card } = await raiseCard(port, ROOT, question({ turn }));
      // A person answers as soon as there is a card.
      await endCard(files, ROOT, card.id, allowed());
      const { end } = (await readCard(port, ROOT, card.id, clock.nowMs()))!;
      if (await useCard(port, ROOT, card.id, use(turn))) given.push(`${card.id} ${end!.kind}`);
    };
    let left = effects;
    const stopped = await desk(
      stopping(files, () => left-- > 0),
      1,
    ).then(
      () => false,
      () => true,
    );
    await desk(files, 2);
    expect(given.length, `after ${effects} effects`).toBe(stopped ? 1 : 2);
    expect(new Set(given).size).toBe(given.length);
    if (!stopped) return;
    expect(effects).toBeLessThan(100);
  }
});

test('an answer that is not taken by a record serves every call (control)', async () => {
  const { card } = await raise();
  await endCard(files, ROOT, card.id, allowed());
  const again = await raise({ turn: 2 });
  expect([again.card.id, again.end?.kind]).toEqual([card.id, 'allowed']);
});

describe('in words', () => {
  const words = async (changes: Partial<Question>): Promise<Card> => (await raise(changes)).card;

  test('a permission: who, what, why, and what --always would allow', async () => {
    const rules = [{ toolName: 'Bash', ruleContent: 'touch a *' }];
    const card = await words({ rules, reason: 'outside of the directory' });
    expect(cardQuestion(card)).toBe('worker asks: may it use Bash?');
    expect(cardText(card)).toBe(
      '│ touch a\nWhy it is asked: outside of the directory\n--always would allow: Bash(touch a *)',
    );
    expect(cardCommands(card)[0]).toBe(`agent-runner approve ${card.id.slice(-8)}`);
  });

  test('a plan: its lines, and not where claude keeps it', async () => {
    const plan = { plan: 'First the cellar.\nThen the roof.\n', planFilePath: '/home/p/.claude/plans/a.md' };
    expect(cardText(await words({ kind: 'plan', tool: 'ExitPlanMode', arguments: plan }))).toBe(
      '│ First the cellar.\n│ Then the roof.\n│ ',
    );
  });

  test('a question: what may be chosen, by its number', async () => {
    const options = [
      { label: 'Red', description: 'as before' },
      { label: 'Blue', description: '' },
    ];
    const questions = [{ question: 'Which colours?', options, several: true }];
    const card = await words({ kind: 'question', tool: 'AskUserQuestion', questions });
    expect(cardQuestion(card)).toBe('worker asks: Which colours?');
    expect(cardText(card)).toBe('one or more, with commas:\n  1. Red: as before\n  2. Blue');
    const two = [...questions, { question: 'And where?', options, several: false }];
    const both = await words({ kind: 'question', tool: 'AskUserQuestion', questions: two, message: 'n' });
    expect(cardQuestion(both)).toBe('worker asks: Which colours? (and 1 more)');
    expect(cardText(both)).toContain('Which colours? (one or more, with commas)\n  1. Red');
    expect(cardCommands(card)[0]).toContain('agent-runner answer');
  });

  test('a question in words: one line of it is shown once, and more of them whole, behind its first line', async () => {
    const ask = (question: string) =>
      words({
        kind: 'question',
        tool: 'ask',
        message: question,
        questions: [{ question, options: [], several: false }],
      });
    const short = await ask('Which branch?');
    expect([cardQuestion(short), cardText(short)]).toEqual(['worker asks: Which branch?', '']);
    const long = await ask('Which branch?\nmain or next');
    expect(cardQuestion(long)).toBe('worker asks: Which branch? …');
    expect(cardText(long)).toBe('│ Which branch?\n│ main or next');
  });

  test.each<[CardEnd, string]>([
    [{ kind: 'allowed', at: '', by: 'operator', always: true }, 'allowed for good by operator'],
    [{ kind: 'denied', at: '', by: 'operator', reason: 'no' }, 'denied by operator: no'],
    [{ kind: 'answered', at: '', by: 'operator', answers: { a: 'Blue', b: 'Red' } }, 'answered by operator: Blue; Red'],
    [{ kind: 'expired', at: '' }, 'nobody answered in time, which counts as denied'],
    [{ kind: 'withdrawn', at: '', reason: 'over' }, 'withdrawn: over'],
  ])('an end %#', (end, words) => expect(cardEndWords(end)).toBe(words));
});
