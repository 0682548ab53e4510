import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Card } from '#blackboard/cards/card.ts';
import { cardCommands, cardText } from '#blackboard/cards/card-words.ts';
import { raiseCard, readCard } from '#blackboard/cards/cards.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, boardLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { keepRules, keptRules } from '#runner/agents/kept-rules.ts';
import { requirePerson } from '#runner/agents/person.ts';
import { requirePress } from '#runner/agents/press.ts';
import { decidedText } from '#runner/cli/decided-text.ts';
import { answer } from '#runner/verbs/answer.ts';
import { approvals } from '#runner/verbs/approvals.ts';
import { approve } from '#runner/verbs/approve.ts';
import { ask } from '#runner/verbs/ask.ts';
import { deny } from '#runner/verbs/deny.ts';
import { readUnread } from '#runner/verbs/inbox-reading.ts';
import type { Letter } from '#runner/verbs/outgoing.ts';
import { overview } from '#runner/verbs/overview.ts';
import { reply } from '#runner/verbs/reply.ts';
import { send } from '#runner/verbs/send.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';

vi.mock('#runner/agents/person.ts', async real => ({
  ...(await real<typeof import('#runner/agents/person.ts')>()),
  requirePerson: vi.fn(async () => 'operator'),
}));

vi.mock('#runner/agents/press.ts', () => ({ requirePress: vi.fn() }));

const files = createRunnerFiles();
let home: string;
let root: string;
const context = () => ({ root, files, env: {} });
const layout = () => agentLayout(root, 'worker');
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ar-cards-'));
  root = join(home, 'root');
  await makeRoot(files, root, false);
  await files.makeDirectory(layout().home);
  await files.create(layout().definition, '');
});
afterEach(() => rmSync(home, { recursive: true }));

const rules = [{ toolName: 'Bash', ruleContent: 'touch a *' }];
const questions = [
  {
    question: 'Which?',
    several: false,
    options: [
      { label: 'Red', description: '' },
      { label: 'Blue', description: '' },
    ],
  },
  {
    question: 'And?',
    several: true,
    options: [
      { label: 'A', description: '' },
      { label: 'B', description: '' },
    ],
  },
];
async function raised(changes: Partial<Card> = {}): Promise<Card> {
  const at = new Date();
  const untilAt = new Date(at.getTime() + 60_000).toISOString();
  const asked = {
    kind: 'permission' as const,
    peer: 'worker',
    life: '',
    turn: 1,
    message: 'm',
    tool: 'Bash',
    arguments: { command: 'touch a' },
  };
  const more = { reason: null, rules: [], questions: [], at: at.toISOString(), untilAt };
  return (await raiseCard(files, root, { ...asked, ...more, ...changes })).card;
}
const endOf = async ({ id }: Card) => (await readCard(files, root, id, Date.now()))!.end;

test('approvals shows what waits, the oldest first', async () => {
  const [one, two] = [await raised(), await raised({ message: 'n', at: new Date(Date.now() + 1_000).toISOString() })];
  expect((await approvals(context())).map(({ id }) => id)).toEqual([one.id, two.id]);
  await deny(context(), { id: one.id, reason: null });
  expect((await approvals(context())).map(({ id }) => id)).toEqual([two.id]);
});

test('approve allows the call by the end of the card’s id, and the first end stands', async () => {
  const card = await raised();
  expect(await approve(context(), { id: card.id.slice(-8), always: false })).toMatchObject({
    how: 'allowed',
    rules: [],
  });
  expect(await endOf(card)).toMatchObject({ kind: 'allowed', by: 'operator', always: false });
  expect(await keptRules(files, layout())).toEqual([]);
  await expect(deny(context(), { id: card.id, reason: null })).rejects.toMatchObject({ exit: 1 });
});

test('--always keeps the rule that the card shows, and is refused where there is none', async () => {
  const card = await raised({ rules });
  const kept = await approve(context(), { id: card.id, always: true });
  expect(kept).toMatchObject({ rules: ['Bash(touch a *)'], ruleFiles: [expect.stringContaining(layout().rules)] });
  // Its removal takes the rule back.
  expect(decidedText(kept)).toContain(`To take it back, remove ${kept.ruleFiles[0]}\n`);
  await files.remove(kept.ruleFiles[0]!);
  expect(await keptRules(files, layout())).toEqual([]);
  await keepRules(files, layout(), rules);
  expect(await keptRules(files, layout())).toEqual(['Bash(touch a *)']);
  const none = await raised({ message: 'n' });
  await expect(approve(context(), { id: none.id, always: true })).rejects.toMatchObject({ exit: 77 });
  expect(await endOf(none)).toBeNull();
});

test('deny tells the model why', async () => {
  const card = await raised();
  await deny(context(), { id: card.id, reason: ' on a branch, please ' });
  expect(await endOf(card)).toMatchObject({ kind: 'denied', reason: 'on a branch, please' });
  await expect(deny(context(), { id: card.id, reason: 'x'.repeat(2_001) })).rejects.toMatchObject({ exit: 64 });
});

test('answer takes numbers, labels and words of one’s own, one for each question', async () => {
  const card = await raised({ kind: 'question', tool: 'AskUserQuestion', questions });
  const tried = (...answers: string[]) => answer(context(), { id: card.id, answers });
  for (const wrong of [['1'], ['3', '1'], ['', '1'], ['1', '1,9'], ['1', '1', '1']])
    await expect(tried(...wrong), wrong.join('|')).rejects.toMatchObject({ exit: 64 });
  await expect(approve(context(), { id: card.id, always: false })).rejects.toMatchObject({ exit: 64 });
  await tried('2', '1, 2');
  expect(await endOf(card)).toMatchObject({ kind: 'answered', answers: { 'Which?': 'Blue', 'And?': 'A, B' } });
  const words = await raised({ kind: 'question', message: 'n', questions: [questions[0]!] });
  await answer(context(), { id: words.id, answers: ['neither: 2 of them'] });
  expect(await endOf(words)).toMatchObject({ answers: { 'Which?': 'neither: 2 of them' } });
  const permission = await raised({ message: 'o' });
  await expect(answer(context(), { id: permission.id, answers: ['1'] })).rejects.toMatchObject({ exit: 64 });
});

test.each([
  ['no id at all', '../../x', 64],
  ['an id of nothing', '0123456789ab', 66],
])('%s', async (_, id, exit) => {
  await raised();
  for (const verb of [
    () => approve(context(), { id, always: false }),
    () => deny(context(), { id, reason: null }),
    () => answer(context(), { id, answers: ['1'] }),
  ])
    await expect(verb()).rejects.toMatchObject({ exit });
});

test('one whose time is over has ended', async () => {
  const card = await raised({ untilAt: new Date(Date.now() - 1).toISOString() });
  await expect(approve(context(), { id: card.id, always: false })).rejects.toMatchObject({ exit: 1 });
});

test('the card of an agent that was removed has ended, and gives another of its name no rule', async () => {
  const card = await raised({ rules, life: '0123456789abcdef' });
  await expect(approve(context(), { id: card.id, always: true })).rejects.toMatchObject({
    exit: 1,
    message: expect.stringContaining('the one that asked is gone'),
  });
  expect(await endOf(card)).toMatchObject({ kind: 'withdrawn' });
  expect(await keptRules(files, layout())).toEqual([]);
});

describe('a question to the operator is a card', () => {
  beforeEach(() => makeInbox(files, layout().inbox));
  const letter = { to: 'operator', from: 'worker', files: [], cwd: '/', text: 'Which branch?\nmain or next' };
  const asked = async (changes: Partial<Letter> = {}) =>
    (await send(context(), { ...letter, kind: 'question', ...changes })).id;
  const replies = async () =>
    (await readUnread(files, layout().inbox)).letters.map(({ message: { kind, inReplyTo, body } }) => ({
      ...{ kind, inReplyTo, body },
    }));

  test('which approvals shows beside the others, and whose answer is the reply', async () => {
    const [id, card] = [await asked(), await raised({ at: '2026-01-01T00:00:00.000Z' })];
    await asked({ text: 'news', kind: 'note' });
    await asked({ text: 'work', kind: 'request' });
    const [first, second, ...rest] = await approvals(context());
    expect([first?.id, second?.id, rest]).toEqual([card.id, id, []]);
    expect(second).toMatchObject({ kind: 'question', peer: 'worker', tool: 'ask', untilAt: null });
    expect(cardText(second!)).toBe('│ Which branch?\n│ main or next');
    expect(cardCommands(second!)[0]).toBe(`agent-runner answer ${id.slice(-8)} <text>`);
    await expect(approve(context(), { id, always: false })).rejects.toMatchObject({ exit: 64 });
    const decided = await answer(context(), { id: id.slice(-8), answers: ['2'] });
    expect(decided).toEqual({ id, peer: 'worker', tool: 'ask', how: 'answered', rules: [], ruleFiles: [] });
    expect(await replies()).toEqual([{ kind: 'request', inReplyTo: [id], body: '2' }]);
    expect(await approvals(context())).toHaveLength(1);
  });

  test('and counted with them by `agent-runner` alone', async () => {
    await asked();
    await raised();
    expect(await overview(context())).toMatchObject({ cards: 2 });
  });

  test('of which sessions tell with their next prompt', async () => {
    const { marks } = boardLayout(root);
    await files.makeDirectory(join(marks, 'm'));
    await asked({ kind: 'note' });
    expect(await files.list(marks)).toHaveLength(1);
    await asked();
    expect(await files.list(marks)).toEqual([]);
  });

  test.each(HOSTILE_TEXTS.map((text, at) => [at, text]))(
    'answered with hostile text %i, it has that text',
    async (_, text) => {
      const words = String(text).trim();
      const [id, card] = [await asked(), await raised({ kind: 'question', questions: [questions[0]!] })];
      for (const each of [id, card.id]) {
        const answered = answer(context(), { id: each, answers: [String(text)] });
        if (words.length <= limits.cardTextCharsMax) expect(await answered).toMatchObject({ how: 'answered' });
        else await expect(answered).rejects.toMatchObject({ exit: 64 });
      }
      if (words.length > limits.cardTextCharsMax) return;
      expect((await replies())[0]?.body).toBe(Buffer.from(words).toString());
      expect(await endOf(card)).toMatchObject({ answers: { 'Which?': words } });
    },
  );

  test('and one that waits in `ask` gets it', async () => {
    let answered: Promise<unknown> | null = null;
    const waits = ask(
      context(),
      { ...letter, kind: 'question', timeoutMs: 60_000 },
      {
        signal: new AbortController().signal,
        progress: ({ step, ...sent }) => {
          if (step === 'sent' && 'id' in sent) answered = answer(context(), { id: sent.id, answers: ['main'] });
        },
      },
    );
    const got = await waits;
    await answered;
    expect(got).toMatchObject({ outcome: 'replied', reply: { from: 'operator', body: 'main' } });
    expect(await replies()).toEqual([]);
  });

  test('which no script answers by `reply`: that asks for a person as `answer` does, and nothing is sent', async () => {
    const real = await vi.importActual<typeof import('#runner/agents/person.ts')>('#runner/agents/person.ts');
    const noTerminal: typeof real.requirePerson = (files, root, env, verb) =>
      real.requirePerson(files, root, env, verb, () => false, []);
    const [id, mail] = [await asked(), await asked({ text: 'news', kind: 'request' })];
    vi.mocked(requirePerson).mockImplementationOnce(noTerminal);
    await expect(reply(context(), { id, text: 'main' })).rejects.toMatchObject({ exit: 77 });
    expect(await replies()).toEqual([]);
    await reply(context(), { id: mail, text: 'fine' });
    expect((await replies()).map(({ body }) => body)).toEqual(['fine']);
  });

  test('refused: the asker reads why', async () => {
    const [id, other] = [await asked(), await asked({ text: 'Really?' })];
    expect(await deny(context(), { id, reason: null })).toMatchObject({ how: 'denied' });
    await deny(context(), { id: other, reason: 'ask me tomorrow' });
    expect((await replies()).map(({ body }) => body)).toEqual([
      expect.stringContaining('does not answer'),
      'ask me tomorrow',
    ]);
  });

  test('of several answers, by whichever command, the first stands', async () => {
    const id = await asked();
    const tries = [
      ...['a', 'b', 'b'].map(each => answer(context(), { id, answers: [each] })),
      deny(context(), { id, reason: 'c' }),
    ];
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ exit: 1 });
    expect(await replies()).toHaveLength(1);
    await expect(reply(context(), { id, text: 'd' })).rejects.toMatchObject({ exit: 65 });

    const other = await asked({ text: 'Really?' });
    await reply(context(), { id: other, text: 'yes' });
    for (const late of ['yes', 'no'])
      await expect(answer(context(), { id: other, answers: [late] })).rejects.toMatchObject({ exit: 1 });
  });

  test('what it does not show is said', async () => {
    const path = join(home, 'plan.md');
    writeFileSync(path, 'a plan');
    const long = await asked({ text: 'x'.repeat(3_000) });
    const withFile = await asked({ text: 'May I?', files: [path] });
    const hints = (await approvals(context())).map(card => cardText(card).split('\n').at(-1));
    expect(hints).toEqual([long, withFile].map(id => `All of it: agent-runner read ${id.slice(-8)}`));
  });
});

test('a button is asked for its word instead of a person for a terminal, and allows nothing for good', async () => {
  vi.mocked(requirePress).mockResolvedValue('operator');
  const card = await raised({ rules });
  const word = 'f'.repeat(64);
  await expect(approve(context(), { id: card.id, always: true, word })).rejects.toMatchObject({ exit: 77 });
  expect(await endOf(card)).toBeNull();
  vi.mocked(requirePerson).mockClear();
  await approve(context(), { id: card.id, always: false, word });
  expect(vi.mocked(requirePress).mock.calls.at(-1)?.[2]).toEqual({ verb: 'approve', card: card.id, word });
  expect(requirePerson).not.toHaveBeenCalled();
  vi.mocked(requirePress).mockRejectedValue(new Error('no press'));
  const other = await raised({ message: 'n' });
  await expect(deny(context(), { id: other.id, reason: null, word })).rejects.toThrow('no press');
  await expect(answer(context(), { id: other.id, answers: ['1'], word })).rejects.toThrow('no press');
  expect(await endOf(other)).toBeNull();
});

test('each of them asks for a person before anything else', async () => {
  vi.mocked(requirePerson).mockRejectedValue(new Error('no person'));
  const card = await raised();
  await expect(approve(context(), { id: card.id, always: false })).rejects.toThrow('no person');
  await expect(deny(context(), { id: card.id, reason: null })).rejects.toThrow('no person');
  await expect(answer(context(), { id: card.id, answers: ['1'] })).rejects.toThrow('no person');
  expect(await endOf(card)).toBeNull();
});
