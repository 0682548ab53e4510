// An agent's session in a person's terminal and back, with the real claude in a real tmux: the agent waits meanwhile, says so, and
// goes on where its person left it, however their claude ended.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { buildForFile, type Hooked, hookedClaude, times } from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type Person, person } from '#test/support/person.ts';

const built = buildForFile();
const files = createRunnerFiles();
let hooked: Hooked;
let operator: Person;
let runner: ReturnType<Hooked['start']>;
beforeAll(async () => {
  hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  operator = person(hooked.root, hooked.place.env);
  writeFileSync(join(hooked.root, 'config.yaml'), `claude: ${realClaudePath()}\n`);
  mkdirSync(layout().home, { recursive: true });
  writeFileSync(layout().definition, `---\ncwd: ${hooked.place.cwd}\n---\nYou are the worker of this test.\n`);
  runner = hooked.start(['start']);
}, 60_000);
afterAll(async () => {
  runner?.child.kill('SIGTERM');
  operator?.[Symbol.dispose]();
  await hooked?.[Symbol.asyncDispose]();
});

const layout = () => agentLayout(hooked.root, 'worker');
const turn = (number: number) => turnLayout(layout().turns, number);
const asks = (text: string) => hooked.cli(['ask', 'worker', text]);
const status = async () => JSON.parse(await hooked.run(['status', 'worker', '--json']).then(({ stdout }) => stdout));
const types = (...args: string[]) => operator.types(...args, '--socket', hooked.tmuxSocket);
const shaped = (verb: string, { code, stdout, stderr }: Awaited<ReturnType<typeof types>>) => {
  expect(code, stderr).toBe(0);
  expect(jsonViolations(verb, JSON.parse(stdout))).toEqual([]);
  return JSON.parse(stdout);
};
const handover = async () => shaped('handover', await types('handover', 'worker', '--json'));
const screen = (pane: string) => hooked.tmux('capture-pane', '-p', '-t', pane);
/** Types into the pane as its person does. */
async function says(pane: string, text: string, seen: string) {
  await hooked.until(`an empty box\n${screen(pane)}`, () => /❯\u00a0\s*$/m.test(screen(pane)));
  hooked.tmux('send-keys', '-t', pane, '-l', '--', text);
  await hooked.until('the text in the box', () => screen(pane).includes(text.slice(-20)));
  hooked.tmux('send-keys', '-t', pane, 'Enter');
  await hooked.until(`${seen}\n${screen(pane)}`, () => screen(pane).includes(seen));
}
const isIdle = (pane: string) =>
  hooked.until(`an idle session\n${screen(pane)}`, async () => {
    const { stdout } = await hooked.run(['status', pane, '--json', '--socket', hooked.tmuxSocket]);
    const { pane: itself, state } = JSON.parse(stdout || '{}');
    return (itself?.state ?? state) === 'idle';
  });
const isBack = () => hooked.until('the agent to be back', async () => (await status()).state !== 'lent');

test('a session is lent, cleared by its person, and given back: the agent goes on in what they left', {
  timeout: 150_000,
}, async () => {
  await asks('the first task');
  // A runner that does not say that it waits for a loan is of an earlier version.
  const { lends: _lends, ...earlier } = JSON.parse(readFileSync(layout().runner, 'utf8'));
  writeFileSync(layout().runner, JSON.stringify(earlier));
  expect(await types('handover', 'worker')).toMatchObject({
    code: 75,
    stderr: expect.stringContaining('earlier version'),
  });
  writeFileSync(layout().runner, JSON.stringify({ ...earlier, lends: true }));
  const lent = await handover();
  expect(lent).toMatchObject({
    agent: 'worker',
    turn: 2,
    state: 'idle',
    session: (await readEnded(files, turn(1)))?.session?.id,
  });
  expect(await status()).toMatchObject({
    state: 'lent',
    detail: expect.stringMatching(/^lent to a person in tmux since/),
  });
  // A second one, and what would end that claude, are refused.
  for (const args of [
    ['handover', 'worker'],
    ['remove', 'worker', '--force'],
  ])
    expect(await operator.types(...args)).toMatchObject({ code: 75, stderr: expect.stringContaining('take worker') });
  await hooked.cli(['send', 'worker', 'a task that waits']);
  await says(lent.pane, 'mine @@SAY between@@', '● between');
  expect(hooked.bodies(lent.session).at(-1)).toContain('the first task');
  await isIdle(lent.pane);
  hooked.tmux('send-keys', '-t', lent.pane, '-l', 'a draft');
  await hooked.until('the draft', () => screen(lent.pane).includes('a draft'));
  expect(await types('take', 'worker')).toMatchObject({ code: 75, stderr: expect.stringContaining('drafting') });
  expect(screen(lent.pane)).toContain('❯\u00a0a draft');
  hooked.tmux('send-keys', '-t', lent.pane, 'C-u');
  await isIdle(lent.pane);
  expect(await types('cmd', lent.pane, '/clear', '--confirm')).toMatchObject({ code: 0 });
  await says(lent.pane, 'after it @@SAY cleared@@', '● cleared');
  await isIdle(lent.pane);
  expect((await status()).turns).toBe(2);
  const back = shaped('take', await types('take', lent.pane, '--json'));
  expect(back).toMatchObject({ agent: 'worker', turn: 2, lent: lent.session });
  expect(back.session).not.toBe(lent.session);
  await hooked.until('the answer to what waited', () => readEnded(files, turn(3)));
  const prompt = hooked.bodies(back.session).at(-1);
  expect(times(prompt, 'after it @@SAY cleared@@')).toBe(1);
  expect(prompt).not.toContain('the first task');
  expect(times(prompt, 'a task that waits')).toBe(1);
  expect(await types('take', 'anchor:0.0')).toMatchObject({
    code: 66,
    stderr: expect.stringContaining('lent by no agent'),
  });
  expect(await operator.types('take', 'worker')).toMatchObject({
    code: 66,
    stderr: expect.stringContaining('handover worker'),
  });
});

test('however their claude ends, the agent is back by itself, and one conversation has both', {
  timeout: 150_000,
}, async () => {
  const ends: [string, (lent: { pane: string; pid: number }) => void][] = [
    ['a kill', ({ pid }) => void process.kill(pid, 'SIGKILL')],
    ['the end of its window', ({ pane }) => void hooked.tmux('kill-pane', '-t', pane)],
  ];
  for (const [how, end] of ends) {
    const lent = await handover();
    await says(lent.pane, `before ${how} @@SAY heard@@`, '● heard');
    await isIdle(lent.pane);
    end(lent);
    await isBack();
    await asks(`after ${how}`);
    expect(times(hooked.bodies(lent.session).at(-1), `before ${how} @@SAY heard@@`)).toBe(1);
    expect(readFileSync(layout().transcript, 'utf8')).toContain('the session is lent to a person');
  }
});
