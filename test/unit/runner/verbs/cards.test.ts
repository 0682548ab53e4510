import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Card } from '#blackboard/cards/card.ts';
import { raiseCard, readCard } from '#blackboard/cards/cards.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { keptRules } from '#runner/agents/kept-rules.ts';
import { requirePerson } from '#runner/agents/person.ts';
import { answer } from '#runner/verbs/answer.ts';
import { approvals } from '#runner/verbs/approvals.ts';
import { approve } from '#runner/verbs/approve.ts';
import { deny } from '#runner/verbs/deny.ts';

vi.mock('#runner/agents/person.ts', async real => ({
  ...(await real<typeof import('#runner/agents/person.ts')>()),
  requirePerson: vi.fn(async () => 'operator'),
}));

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
  expect(await approve(context(), { id: card.id, always: true })).toMatchObject({ rules: ['Bash(touch a *)'] });
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
    message: expect.stringContaining('its agent was removed'),
  });
  expect(await endOf(card)).toMatchObject({ kind: 'withdrawn' });
  expect(await keptRules(files, layout())).toEqual([]);
});

test('each of them asks for a person before anything else', async () => {
  vi.mocked(requirePerson).mockRejectedValue(new Error('no person'));
  const card = await raised();
  await expect(approve(context(), { id: card.id, always: false })).rejects.toThrow('no person');
  await expect(deny(context(), { id: card.id, reason: null })).rejects.toThrow('no person');
  await expect(answer(context(), { id: card.id, answers: ['1'] })).rejects.toThrow('no person');
  expect(await endOf(card)).toBeNull();
});
