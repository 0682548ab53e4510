// Cards with the real claude: what an agent may not do by itself waits for a person, and the first answer decides.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Card } from '#blackboard/cards/card.ts';
import { cardPaths } from '#blackboard/layout.ts';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, type TestAgent, type TestRunner } from '#test/support/agent-fixture.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type Person, person } from '#test/support/person.ts';

let fixture: AgentFixture;
let operator: Person;
let runner: TestRunner;
async function startRunner(): Promise<void> {
  runner = fixture.start();
  await runner.says(/watching/);
}
beforeAll(async () => {
  fixture = await agentFixture();
  operator = person(fixture.root, fixture.place.env);
  await startRunner();
});
afterAll(async () => {
  operator[Symbol.dispose]();
  await fixture[Symbol.asyncDispose]();
});

const touch = (file: string) => `@@TOOL Bash ${JSON.stringify({ command: `touch ${file}` })}@@ @@SAY it went on@@`;
/** A model that makes the file in each turn again. */
const touchThenSay =
  (file: string): Script =>
  ({ toolRounds }) =>
    toolRounds === 0 ? tool('Bash', { command: `touch ${file}` }) : text('it went on');
const approvals = async (): Promise<Card[]> => JSON.parse((await fixture.command('approvals', '--json')).stdout);
const cardOf = (agent: TestAgent): Promise<Card> =>
  fixture.until(`a card of ${agent.name}`, async () => (await approvals()).find(({ peer }) => peer === agent.name));
/** And prints what its shape says. */
async function decides(...words: string[]): Promise<void> {
  const { stdout, ...end } = await operator.types(...words, '--json');
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(jsonViolations(words[0]!, JSON.parse(stdout))).toEqual([]);
}
const made = (agent: TestAgent, file: string) => existsSync(join(agent.cwd, file));
const toolResult = (agent: TestAgent) => JSON.stringify(agent.requests().at(-1));

describe.each([
  ['a process of its own', {}],
  ['a resident', { resident: true }],
])('of %s', (_, front) => {
  const named = (name: string) => `${name}-${'resident' in front ? 'stays' : 'once'}`;

  it('a call that a person allows runs', async () => {
    const agent = await fixture.agent(named('allowed'), { front });
    const id = await agent.send(touch('allowed.txt'));
    const card = await cardOf(agent);
    expect(card).toMatchObject({ kind: 'permission', tool: 'Bash', message: id, turn: 1 });
    expect(JSON.parse(card.input)).toMatchObject({ command: 'touch allowed.txt' });
    expect(made(agent, 'allowed.txt')).toBe(false);
    const note = fixture.operatorInbox().find(({ body }) => body.includes('touch allowed.txt'));
    expect(note?.body).toContain(`agent-runner approve ${card.id.slice(-8)}`);
    const status = JSON.parse((await fixture.command('status', agent.name, '--json')).stdout);
    expect(status).toMatchObject({ state: 'busy', next: 'agent-runner approvals' });
    expect(jsonViolations('approvals', await approvals())).toEqual([]);
    await decides('approve', card.id.slice(-8));
    expect(await agent.answer(id)).toBe('it went on');
    expect(agent.transcriptLog()).toContain(`↳ Bash, card ${card.id.slice(-8)}: allowed by operator\n`);
    expect(made(agent, 'allowed.txt')).toBe(true);
    expect(await approvals()).not.toContainEqual(expect.objectContaining({ id: card.id }));
    // The note has been put away, and a second answer comes too late.
    expect(fixture.operatorInbox().some(({ body }) => body.includes('touch allowed.txt'))).toBe(false);
    const late = await operator.types('deny', card.id);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('allowed by operator') });
  });

  it('the runner dies while a person is asked: the same card waits, and its answer holds for the work when it is asked again', async () => {
    const agent = await fixture.agent(named('orphan'), { front, script: touchThenSay('orphan.txt') });
    const id = await agent.send('make the file');
    const card = await cardOf(agent);
    runner.signal('SIGKILL');
    await runner.ended;
    await operator.types('approve', card.id);
    await startRunner();
    expect(await agent.answer(id)).toBe('it went on');
    expect((await agent.ended(1)).verdict.kind).toBe('interrupted');
    expect(made(agent, 'orphan.txt')).toBe(true);
    expect(JSON.parse(readFileSync(cardPaths(fixture.root, card.id).used, 'utf8'))).toMatchObject({ turn: 2 });
  });
});

it('a call that a person denies does not run, and the model reads why', async () => {
  const agent = await fixture.agent('denied');
  const id = await agent.send(touch('denied.txt'));
  const card = await cardOf(agent);
  await decides('deny', card.id, '--reason', 'not in this directory');
  expect(await agent.answer(id)).toBe('it went on');
  expect(made(agent, 'denied.txt')).toBe(false);
  expect(toolResult(agent)).toContain('not in this directory');
});

it('nobody answers: it counts as denied, after its time', async () => {
  const agent = await fixture.agent('late', { front: { approvalTimeout: 1 } });
  expect(await agent.answer(await agent.send(touch('late.txt')))).toBe('it went on');
  expect(made(agent, 'late.txt')).toBe(false);
  expect(toolResult(agent)).toContain('Nobody answered in time');
});

it('--always: the rule is shown before, and calls like it run unasked from then on, in later processes too', async () => {
  const agent = await fixture.agent('always');
  const id = await agent.send(touch('always.txt'));
  const card = await cardOf(agent);
  const [rule] = card.rules;
  expect(rule).toMatchObject({ toolName: 'Bash' });
  const { stdout } = await fixture.command('approvals');
  expect(stdout).toContain(`--always would allow: Bash(${rule!.ruleContent})`);
  expect((await operator.types('approve', card.id, '--always')).stdout).toContain('unasked from now on');
  expect(await agent.answer(id)).toBe('it went on');
  rmSync(join(agent.cwd, 'always.txt'));
  await fixture.command('stop');
  await startRunner();
  expect(await agent.answer(await agent.send(touch('always.txt')))).toBe('it went on');
  expect(made(agent, 'always.txt')).toBe(true);
  expect(readdirSync(join(agent.layout.home, 'rules'))).toHaveLength(card.rules.length);
  expect(existsSync(join(agent.cwd, '.claude'))).toBe(false);
});

it('two answers at once: one stands', async () => {
  const agent = await fixture.agent('raced');
  const id = await agent.send(touch('raced.txt'));
  const card = await cardOf(agent);
  const ends = await Promise.all([operator.types('approve', card.id), operator.types('deny', card.id)]);
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 1]);
  await agent.answer(id);
  expect(made(agent, 'raced.txt')).toBe(ends[0]!.code === 0);
});

it('a question with options is answered by number, or in words', async () => {
  const agent = await fixture.agent('asker');
  const input = {
    questions: [
      {
        question: 'Which colour?',
        header: 'Colour',
        multiSelect: false,
        options: [
          { label: 'Red', description: 'as before' },
          { label: 'Blue', description: 'new' },
        ],
      },
    ],
  };
  const id = await agent.send(`@@TOOL AskUserQuestion ${JSON.stringify(input)}@@ @@SAY painted@@`);
  const card = await cardOf(agent);
  expect(card).toMatchObject({ kind: 'question', questions: [{ question: 'Which colour?' }] });
  expect((await operator.types('approve', card.id)).code).toBe(64);
  expect((await operator.types('answer', card.id, '3')).code).toBe(64);
  await decides('answer', card.id, '2');
  expect(await agent.answer(id)).toBe('painted');
  expect(toolResult(agent)).toContain('Blue');
});

it.each([
  ['approve', []],
  ['deny', ['--reason', 'NOT-THIS-PLAN']],
])('%s: a plan is a card that shows it, and the next turn goes on', async (verb, more) => {
  // claude tells the model where to keep its plan, and takes it from there.
  const script: Script = ({ toolRounds, prompt, ...request }) => {
    const [path] = /\/[^\s"\\]*\/plans\/[^\s"\\]*\.md/.exec(JSON.stringify(request)) ?? [];
    if (toolRounds === 0 && prompt.includes('plan it'))
      return tool('Write', { file_path: path!, content: 'First the cellar.\nThen the roof.\n' });
    return toolRounds === 1 ? tool('ExitPlanMode', {}) : text('built');
  };
  const agent = await fixture.agent(`planner-${verb}`, { front: { permissionMode: 'plan', resident: true }, script });
  const id = await agent.send('plan it');
  const card = await cardOf(agent);
  expect(card).toMatchObject({ kind: 'plan', tool: 'ExitPlanMode', message: id, rules: [] });
  expect((await fixture.command('approvals')).stdout).toMatch(/│ First the cellar\.\n *│ Then the roof\./);
  await decides(verb, card.id, ...more);
  expect(await agent.answer(id)).toBe('built');
  expect(toolResult(agent).includes('NOT-THIS-PLAN')).toBe(verb === 'deny');
  expect(await agent.answer(await agent.send('go on'))).toBe('built');
  expect((await agent.ended(2)).verdict).toMatchObject({ kind: 'answered' });
});

it('a project’s hook that asks about an allowed call reaches a person', async () => {
  const agent = await fixture.agent('hooked', { front: { allowedTools: ['Bash'] } });
  const decision = {
    hookEventName: 'PreToolUse',
    permissionDecision: 'ask',
    permissionDecisionReason: 'THE-PROJECT-ASKS',
  };
  const command = `echo '${JSON.stringify({ hookSpecificOutput: decision })}'`;
  const hooks = { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command }] }] };
  mkdirSync(join(agent.cwd, '.claude'));
  writeFileSync(join(agent.cwd, '.claude', 'settings.json'), JSON.stringify({ hooks }));
  const id = await agent.send(touch('hooked.txt'));
  const card = await cardOf(agent);
  expect(card).toMatchObject({ kind: 'permission', tool: 'Bash', reason: expect.stringContaining('THE-PROJECT-ASKS') });
  expect(made(agent, 'hooked.txt')).toBe(false);
  await decides('approve', card.id);
  expect(await agent.answer(id)).toBe('it went on');
  expect(made(agent, 'hooked.txt')).toBe(true);
});

it('an agent that asks the operator waits for the answer to its card', async () => {
  const agent = await fixture.agent('curious', { front: { allowedTools: ['Bash'] } });
  const command = 'agent-runner ask operator "Which branch?"';
  const id = await agent.send(`@@TOOL Bash ${JSON.stringify({ command })}@@ @@SAY went on@@`);
  const card = await cardOf(agent);
  expect(card).toMatchObject({ kind: 'question', tool: 'ask', questions: [{ question: 'Which branch?' }], turn: 1 });
  expect(jsonViolations('approvals', await approvals())).toEqual([]);
  const status = JSON.parse((await fixture.command('status', agent.name, '--json')).stdout);
  expect(status).toMatchObject({ state: 'busy', next: 'agent-runner approvals' });
  await decides('answer', card.id.slice(-8), 'the main one');
  expect(await agent.answer(id)).toBe('went on');
  expect(toolResult(agent)).toContain('the main one');
  expect(await operator.types('answer', card.id, 'another')).toMatchObject({ code: 1 });
});

it('by the tool: an answer that comes after the wait is a message, and a turn of its own', async () => {
  const agent = await fixture.agent('patient', { front: { mcp: true } });
  const asked = { to: 'operator', text: 'Which branch?', timeout_seconds: 0 };
  await agent.answer(await agent.send(`@@TOOL mcp__agent-runner__ask ${JSON.stringify(asked)}@@ @@SAY later then@@`));
  const card = await cardOf(agent);
  expect(card).toMatchObject({ kind: 'question', tool: 'ask', turn: 1 });
  await decides('answer', card.id, 'the next one');
  expect((await agent.ended(2)).verdict).toMatchObject({ kind: 'answered' });
  expect(agent.lastText()).toContain('the next one');
});

it('only a person at a terminal decides: no turn, no session, nobody without one', async () => {
  const agent = await fixture.agent('sly', { front: { allowedTools: ['Bash'] } });
  const other = await fixture.agent('other');
  await other.send(touch('other.txt'));
  const card = await cardOf(other);
  for (const command of [`agent-runner approve ${card.id}`, `setsid -w agent-runner approve ${card.id}`]) {
    await agent.answer(await agent.send(`@@TOOL Bash ${JSON.stringify({ command })}@@ @@SAY tried@@`));
    expect(toolResult(agent)).toContain('approve is for people');
  }
  const refusal = { code: 77, stderr: expect.stringContaining('for people') };
  expect(await fixture.command('approve', card.id)).toMatchObject(refusal);
  expect(await operator.typesWith({ CLAUDECODE: '1' }, 'approve', card.id)).toMatchObject({ code: 77 });
  expect((await approvals()).map(({ id }) => id)).toContain(card.id);
  await operator.types('deny', card.id);
});

it('approvals: off denies, as before', async () => {
  const agent = await fixture.agent('off', { front: { approvals: 'off' } });
  expect(await agent.answer(await agent.send(touch('off.txt')))).toBe('it went on');
  expect(made(agent, 'off.txt')).toBe(false);
  expect((await agent.ended(1)).denials).toMatchObject([{ tool: 'Bash' }]);
});

describe('deferFor: no process waits', () => {
  // Both rules fit the call: the decision serves one call, and not one rule.
  const front = { deferFor: ['Bash(touch *)', 'Bash(echo *)'], allowedTools: ['Bash'] };
  /** It asks for the call once, and answers when it is spoken to again. */
  const deferring =
    (file: string, more: string): Script =>
    ({ toolRounds, prompt }) =>
      toolRounds === 0 && prompt.includes('make the file')
        ? tool('Bash', { command: `touch ${file}; echo x >> ${file}${more}` })
        : text('it went on');
  const begin = async (name: string, { more = {}, command = '' } = {}) => {
    const script = deferring(`${name}.txt`, command);
    const agent = await fixture.agent(name, { front: { ...front, ...more }, script });
    const id = await agent.send('make the file');
    const ended = await agent.ended(1);
    expect(ended).toMatchObject({ verdict: { kind: 'deferred' }, deferred: { tool: 'Bash', messages: [id] } });
    return { agent, id };
  };
  const runs = (agent: TestAgent) =>
    made(agent, `${agent.name}.txt`) ? readFileSync(join(agent.cwd, `${agent.name}.txt`), 'utf8') : null;

  it('allowed: the turn has ended, and the next one lets the call run, once', async () => {
    // A session that is due to be replaced keeps its call until that is decided.
    const { agent, id } = await begin('deferred', { more: { session: { rotateAfterTurns: 1 } } });
    const card = await cardOf(agent);
    expect(card).toMatchObject({ kind: 'permission', tool: 'Bash', message: id, turn: 1 });
    const status = JSON.parse((await fixture.command('status', agent.name, '--json')).stdout);
    expect(status).toMatchObject({ state: 'asking', next: 'agent-runner approvals' });
    expect(runs(agent)).toBeNull();
    await decides('approve', card.id);
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBe('x\n');
    expect(agent.lastText()).toContain('has allowed your call of Bash');
    expect(JSON.parse(readFileSync(cardPaths(fixture.root, card.id).used, 'utf8'))).toMatchObject({ turn: 2 });
  });

  it('denied: it does not run, and the model reads why', async () => {
    const { agent, id } = await begin('deferred-denied');
    await decides('deny', (await cardOf(agent)).id, '--reason', 'not here');
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBeNull();
    expect(agent.lastText()).toContain('not here');
  });

  it('nobody answers: it counts as denied, after its time', async () => {
    const { agent, id } = await begin('deferred-late', { more: { approvalTimeout: 1 } });
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBeNull();
    expect(agent.lastText()).toContain('Nobody answered in time');
  });

  it('denied, and deferFor names it no longer: it does not run', async () => {
    const { agent, id } = await begin('deferred-edited');
    const card = await cardOf(agent);
    agent.define({ front: { allowedTools: ['Bash'] } });
    await decides('deny', card.id, '--reason', 'not here');
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBeNull();
    expect(agent.lastText()).toContain('not here');
  });

  it.each([
    ['free', 'normal'],
    ['fenced', { allowlist: { wake: ['Bash'] }, hooks: false }],
  ])('its message is cancelled, and a signal comes (%s): it does not run', async (name, signals) => {
    const { agent, id } = await begin(`deferred-${name}`, { more: { signals } });
    expect((await fixture.command('cancel', id)).code).toBe(0);
    expect((await fixture.command('notify', agent.name)).code).toBe(0);
    expect((await agent.ended(2)).verdict).toMatchObject({ kind: 'answered' });
    expect(runs(agent)).toBeNull();
  });

  it('the runner dies meanwhile: the card waits, and its answer holds', async () => {
    const { agent, id } = await begin('deferred-orphan');
    const card = await cardOf(agent);
    runner.signal('SIGKILL');
    await runner.ended;
    await operator.types('approve', card.id);
    await startRunner();
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBe('x\n');
  });

  it('claude dies in the call that was allowed: the allow is used up, and the call runs no second time', async () => {
    const { agent, id } = await begin('deferred-killed', { command: '; sleep 300' });
    await decides('approve', (await cardOf(agent)).id);
    const pid = await agent.childPid(2);
    await fixture.until('the call to run', () => runs(agent) !== null);
    process.kill(pid, 'SIGKILL');
    expect((await agent.ended(2)).verdict.kind).toBe('interrupted');
    expect(await agent.answer(id)).toBe('it went on');
    expect(runs(agent)).toBe('x\n');
  });

  it('one call after the other: each waits for its own answer', async () => {
    let cwd = '';
    const script: Script = () => {
      const next = ['one', 'two'].find(file => !existsSync(join(cwd, file)));
      return next ? tool('Bash', { command: `touch ${next}` }) : text('both');
    };
    const agent = await fixture.agent('deferred-twice', { front, script });
    cwd = agent.cwd;
    const id = await agent.send('make both');
    for (const file of ['one', 'two']) {
      const card = await cardOf(agent);
      expect(card.input).toContain(`touch ${file}`);
      expect(made(agent, file)).toBe(false);
      await decides('approve', card.id);
      await fixture.until(`the call for ${file}`, () => made(agent, file));
    }
    expect(await agent.answer(id)).toBe('both');
  });
});
