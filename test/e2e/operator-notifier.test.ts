// onOperatorMessage with real programs: what reaches them, how often, and that nothing they do or fail to do holds the runner up.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { inboxLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { type AgentFixture, agentFixture } from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';

const files = createRunnerFiles();
let fixture: AgentFixture;
let notes: string;
beforeEach(async () => {
  fixture = await agentFixture();
  notes = join(fixture.place.root, 'notes');
});
afterEach(() => fixture[Symbol.asyncDispose]());

const configure = (onOperatorMessage: unknown) =>
  writeFileSync(rootLayout(fixture.root).config, stringify({ claude: realClaudePath(), onOperatorMessage }));

/** A program that writes down what it got: [argv, stdin, what its environment says of the message]. */
function recorder(...more: string[]): string[] {
  const path = join(fixture.place.root, 'recorder.mjs');
  writeFileSync(
    path,
    `import { appendFileSync, readFileSync } from 'node:fs';
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(AGENT_RUNNER|NOTIFY|WATCHDOG)_/.test(name)));
const line = { argv: process.argv.slice(2), stdin: readFileSync(0, 'utf8'), env, cwd: process.cwd() };
appendFileSync(${JSON.stringify(notes)}, JSON.stringify(line) + '\\n');
`,
  );
  return [process.execPath, path, ...more];
}

interface Told {
  argv: string[];
  stdin: string;
  env: Record<string, string>;
  cwd: string;
}

const told = (): Told[] =>
  existsSync(notes)
    ? // The last line may be on its way.
      readFileSync(notes, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line))
    : [];

async function tellOperator(body: string, more: { subject?: string } = {}): Promise<string> {
  const id = newId(Date.now());
  const head = { id, from: 'worker', kind: 'note' as const, at: new Date().toISOString(), trace: id, hops: 0 };
  await deliver(files, inboxLayout(rootLayout(fixture.root).operator), { ...head, ...more, body });
  return id;
}

const untilTold = (count: number) => fixture.until(`${count} to be told`, () => told().length >= count && told());

it('arguments and texts that would hurt in a shell arrive as they are, and never as an argument of their own', async () => {
  const bait = join(fixture.place.cwd, 'bait');
  const hurting = [`$(touch ${bait})`, `; touch ${bait}`, '`id`', '*', '', 'it\'s "quoted"', 'two\nlines', '--', '-e'];
  configure(recorder(...hurting));
  await fixture.start().says(/watching/);
  const body = (control: string) =>
    `--help\n$(touch ${bait}); touch ${bait} | \`touch ${bait}\`\n'"\\ ${control}]0;title %s %n ü 漢`;
  const id = await tellOperator(body('\u001b'), { subject: `-rf / $(touch ${bait})` });
  const [one] = await untilTold(1);
  expect(one!.argv).toEqual(hurting);
  expect(one!.stdin).toBe(`From worker, note: -rf / $(touch ${bait})\n${body('\ufffd')}`);
  expect(one!.env).toEqual({
    AGENT_RUNNER_HOME: fixture.root,
    AGENT_RUNNER_MESSAGE_ID: id,
    AGENT_RUNNER_MESSAGE_FROM: 'worker',
    AGENT_RUNNER_MESSAGE_KIND: 'note',
  });
  expect(one!.cwd).toBe(fixture.root);
  expect(existsSync(bait)).toBe(false);
});

it('a message is told once, also when the runner is killed and started again, and by two runners', async () => {
  configure(recorder());
  const agent = await fixture.agent('worker');
  const other = await fixture.agent('other');
  const first = fixture.start('worker');
  await agent.answer(await agent.send('@@SAY first answer@@'));
  await untilTold(1);
  first.signal('SIGKILL');
  await first.ended;
  await tellOperator('while nobody runs');
  const again = [fixture.start('worker'), fixture.start('other')];
  for (const runner of again) await runner.says(/watching/);
  await untilTold(2);
  await other.answer(await other.send('@@SAY last answer@@'));
  await untilTold(3);
  for (const runner of again) runner.signal('SIGTERM');
  for (const runner of again) expect((await runner.ended).code).toBe(0);
  expect(told().map(({ stdin }) => stdin.split('\n')[1])).toEqual(['first answer', 'while nobody runs', 'last answer']);
});

it('what came before there was a notifier is not told', async () => {
  await tellOperator('old');
  configure(recorder());
  const runner = fixture.start();
  await runner.says(/watching/);
  await tellOperator('new');
  expect((await untilTold(1)).map(({ stdin }) => stdin)).toEqual(['From worker, note\nnew']);
});

it('start --once tells, too, before it ends', async () => {
  configure(recorder());
  const agent = await fixture.agent('worker');
  await agent.send('@@SAY done in one go@@');
  expect((await fixture.command('start', '--once')).code).toBe(0);
  expect(told().map(({ stdin }) => stdin)).toEqual(['From worker, answer\ndone in one go']);
});

it('a program that hangs is ended with all it has started; turns and the next message do not wait for it', async () => {
  const pids = join(fixture.place.root, 'pids');
  configure(['sh', '-c', `sleep 600 & echo $! $$ >> ${pids}; wait`]);
  const agent = await fixture.agent('worker');
  const runner = fixture.start();
  await runner.says(/watching/);
  await tellOperator('one');
  const started = (count: number) =>
    fixture.until(`${count} to hang`, () => {
      const lines = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n') : [];
      return lines.length >= count && lines.map(line => line.split(' ').map(Number));
    });
  const [hanging] = await started(1);
  for (const pid of hanging!) fixture.place.killLater(pid);
  const id = await agent.send('@@SAY not held up@@');
  await fixture.until('its turn', () => existsSync(turnLayout(agent.layout.turns, 1).child));
  expect(hanging!.every(pid => identifySync(pid) !== null)).toBe(true);
  expect(await agent.answer(id)).toBe('not held up');
  await runner.says(/onOperatorMessage: sh for \S+: it took too long and was ended/);
  for (const pid of (await started(2))[1]!) fixture.place.killLater(pid);
  expect(hanging!.map(pid => identifySync(pid))).toEqual([null, null]);
  runner.signal('SIGTERM');
  runner.signal('SIGTERM');
  expect((await runner.ended).code).toBe(0);
});

it.each([
  [
    'that is not there',
    ['no-such-program', '-x'],
    /no-such-program for \S+: there is no program "no-such-program" in PATH/,
  ],
  ['that may not be run', ['/etc/passwd'], /: "\/etc\/passwd" may not be run \(EACCES\)/],
  ['that fails', ['sh', '-c', 'cat > /dev/null; echo "no display" >&2; exit 3'], /: sh for \S+: exit 3: no display/],
  ['that reads nothing', ['false'], /: false for \S+: exit 1/],
])('a program %s is a line of the log, and the work goes on', async (_what, argv, line) => {
  configure(argv);
  const agent = await fixture.agent('worker');
  const runner = fixture.start();
  expect(await agent.answer(await agent.send('@@SAY well@@'))).toBe('well');
  await runner.says(line);
  expect(await agent.answer(await agent.send('@@SAY again@@'))).toBe('again');
});

it.each([
  [
    'notify-send hello',
    '"onOperatorMessage" is "notify-send hello": expected a list, [program, argument, …]: it is no shell command',
  ],
  [[], '"onOperatorMessage" is []: expected a program\n'],
  [['./notify'], '"onOperatorMessage" is ["./notify"]: expected a program by its name in PATH or by its absolute path'],
  [
    ['~/bin/notify'],
    '"onOperatorMessage" is ["~/bin/notify"]: expected a program by its name in PATH or by its absolute path',
  ],
  [['xargs', -0], '"onOperatorMessage.1" is 0: expected text: a number stands in quotes, as "-0"'],
  [['x', 'a\0b'], '"onOperatorMessage.1" is "a\\u0000b": expected no NUL in it'],
])('config.yaml says what it takes: %j', async (value, words) => {
  configure(value);
  const { code, stderr } = await fixture.command('start', '--once');
  expect(code).toBe(78);
  expect(stderr).toContain(words);
});
