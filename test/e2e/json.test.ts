// Each command's real output is held against the shape of its result, in one story with the fake claude.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { RESULTS } from '#runner/results/all.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';

/** Need a service manager: service.test.ts holds them against the page. */
const ELSEWHERE = new Set([
  ...['service install', 'service uninstall'],
  // Need a person: real-approvals.test.ts does the same.
  ...['approve', 'deny', 'answer'],
  // Need a person and the real claude: plugin.test.ts.
  ...['plugin install', 'plugin uninstall', 'plugin status'],
  // Needs a person: test/unit/runner/dashboard/server.test.ts.
  'dashboard token',
  // Needs a session in tmux: real-panes.test.ts, and test/unit/runner/verbs/panes.test.ts.
  'wait',
  // Need a person and a session in tmux: pane-writing.test.ts.
  ...['cmd', 'esc', 'press', 'handover', 'take', 'self', 'spawn', 'fork', 'kill'],
]);

test('what each prints is what its shape says', { timeout: 240_000 }, async () => {
  await using fixture = await agentFixture({ config: { claude: fakeClaudePath(), stopGraceSeconds: 5 } });
  const seen = new Set<string>();
  /** Runs it, holds its output against the page and gives it. */
  async function run(command: string, ...args: string[]) {
    const { stdout, stderr } = await fixture.command(...command.split(' '), ...args, '--json');
    if (stdout === '') throw new Error(`${command} ${args.join(' ')} printed nothing: ${stderr}`);
    const value = JSON.parse(stdout);
    const found = (command === 'notify' && Array.isArray(value) ? value : [value]).flatMap(each =>
      jsonViolations(command, each),
    );
    expect(found, `${command} ${args.join(' ')}: ${stdout}`).toEqual([]);
    seen.add(command);
    return value;
  }

  const cwd = join(fixture.place.root, 'work');
  mkdirSync(cwd, { recursive: true });
  await run('init');
  await run('add', 'worker', '--cwd', cwd);
  await run('templates list');
  await run('templates show', 'reviewer');
  await run('doctor');
  const agent = await fixture.agent('writer');
  await run('list');
  await run('approvals');
  await run('status', 'writer');
  await run('peek', 'writer');
  await run('costs');
  const due = await run('at', '+2h', 'writer', 'later');
  await run('trace', due.id);
  await run('cancel', due.id);
  await run('send', 'writer', 'once @@SAY one@@', '--id', 'key');
  await run('send', 'writer', 'once @@SAY one@@', '--id', 'key');

  const { pid } = await run('start', '--detach');
  fixture.place.killLater(pid);
  await agent.ended(1);
  await run('inbox');
  const asked = await run('ask', 'writer', 'what? @@SAY this@@', '--timeout', '60');
  expect(asked.reply.body).toBe('this');
  await run('trace', asked.id);
  const { stdout: told } = await fixture.command('events', 'writer', '--json');
  for (const line of told.trimEnd().split('\n')) expect(jsonViolations('events', JSON.parse(line)), line).toEqual([]);
  seen.add('events');
  // Of the first turn, which is over: what it did, each after it was on disk.
  const events = told
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { type: string; turn?: number });
  expect(events.filter(({ turn }) => turn === 1).map(({ type }) => type)).toEqual([
    'turn.elected',
    'message.claimed',
    'turn.started',
    'turn.text',
    'message.replied',
    'turn.ended',
  ]);
  const types = events.map(({ type }) => type);
  expect(types.indexOf('message.queued')).toBeLessThan(types.indexOf('turn.elected'));
  expect(statSync(agent.layout.events).mode & 0o777).toBe(0o600);
  const dead = await run('send', 'writer', '@@HANG@@');
  await agent.childPid(3);
  await run('status', 'writer');
  await run('list');
  await run('peek', 'writer', '9');
  await run('cancel', 'writer');
  await agent.ended(3);
  await run('trace', dead.id);
  const refused = await run('ask', 'writer', '@@DELAY 30000@@ @@SAY late@@', '--timeout', '1');
  expect(refused).toMatchObject({ reply: null, outcome: null });
  await run('cancel', 'writer');
  await run('status', 'writer');
  await run('costs', '--by', 'day');
  await run('dead list');
  await run('dead show', dead.id);
  await run('dead requeue', dead.id);
  await agent.ended(5);
  await run('cancel', (await run('at', '+2h', 'writer', 'never')).id);
  await run('dead purge', '--all');

  const unread = await run('inbox');
  const answer = unread.find(({ kind }: { kind: string }) => kind === 'answer');
  await run('read', answer.id);
  await run('ack', answer.id);
  await run('inbox', '--all');
  const attached = join(fixture.place.root, 'a file.txt');
  writeFileSync(attached, 'x'.repeat(70_000));
  const question = await run('send', 'operator', 'and you?', '--from', 'writer', '--file', attached);
  await run('inbox');
  await run('reply', question.id, 'so so');
  await run('trace', question.id);
  await run('explain', question.id);

  await run('notify', '--agent', 'writer');
  await run('notify', '--all');
  await run('signals', 'off');
  await run('notify', '--agent', 'writer');
  await run('signals', 'on');
  await run('pause', 'writer');
  await run('pause');
  await run('resume', 'writer', '--raise', '1');
  await run('resume');
  await run('stop', 'writer');
  await run('stop');
  await run('remove', 'worker');
  await run('dashboard revoke');

  await run('post', 'hello', '--topic', 't', '--key', 'k', '--ttl', '1h', '--ref', attached);
  await run('post', 'long '.repeat(20_000));
  await run('post', 'good morning', '--topic', 't', '--key', 'k', '--if-rev', '0');
  await run('board');
  await run('claim', attached);
  await run('claim', attached);
  await run('claims');
  await run('release', attached);
  const { key } = await run('task add', 'mend it');
  await run('task take');
  await run('task take', key);
  await run('tasks');
  await run('task done', key, 'mended');
  await run('hooks plugin');
  await run('hooks install', '--dry-run');
  await run('hooks status');
  await run('hooks uninstall', '--dry-run');
  await run('service status').catch(error => {
    // No service manager here: its own test tells.
    if (!/printed nothing/.test(String(error))) throw error;
    seen.add('service status');
  });
  await run('whoami');
  await run('auto-start', 'status');
  // At the end: an agent that works would take it up with its other work.
  await run('broadcast', 'the build is red');
  const session = '4a3f9d52-6a41-4f0e-9a55-1d6e0b1c2d3e';
  await registerSession(createRunnerFiles(), fixture.root, {
    id: session,
    cwd,
    branch: null,
    process: selfIdentity(),
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
  });
  await run('list');
  await run('rename', (await run('list')).find(({ kind }: { kind: string }) => kind === 'session').name, 'desk');
  // This process has the session, so it is what calls.
  await run('disconnect');
  await run('connect', 'desk');
  expect(RESULTS.map(({ verb }) => verb).filter(command => !seen.has(command) && !ELSEWHERE.has(command))).toEqual([]);
});
