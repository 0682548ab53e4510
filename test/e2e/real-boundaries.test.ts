// What a turn cannot get by its tools or its project's settings, asked of the real claude: another's name, and the root.
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentLayout, boardLayout, rootLayout, turnLayout, wakeLayout } from '#blackboard/layout.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';

const call = (name: string, input: Record<string, string>) => `@@TOOL ${name} ${JSON.stringify(input)}@@`;
const bash = (command: string) => call('Bash', { command, description: 'try' });
const write = (path: string) => call('Write', { file_path: path, content: 'by the agent' });

it('a project’s settings and a turn’s own commands change neither the sender, nor its hops, nor where evidence goes', async () => {
  await using fixture = await agentFixture();
  const peer = await fixture.agent('peer', { front: { enabled: false } });
  const worker = await fixture.agent('worker', { front: { allowedTools: ['Bash'] } });
  const elsewhere = join(fixture.place.root, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(join(worker.cwd, '.claude'));
  const forged = {
    AGENT_RUNNER_TURN_DIR: elsewhere,
    AGENT_RUNNER_PEER: 'peer',
    AGENT_RUNNER_HOPS: '0',
    CLAUDE_CODE_SESSION_ID: 'x',
    // The control: it is read.
    OF_PROJECT: 'it-is-read',
  };
  writeFileSync(join(worker.cwd, '.claude', 'settings.json'), JSON.stringify({ env: forged }));
  const said = join(fixture.place.root, 'said');
  const ways = [
    'agent-runner send peer "1 $OF_PROJECT $AGENT_RUNNER_PEER"',
    'env -i "PATH=$PATH" "HOME=$HOME" agent-runner send peer "2 cleared"',
    'AGENT_RUNNER_TURN_DIR=/none AGENT_RUNNER_PEER=peer AGENT_RUNNER_HOPS=0 agent-runner send peer "3 forged"',
    'agent-runner send peer no --from peer; echo "$?" >> said; agent-runner send peer no --from operator; echo "$?" >> said',
    // Gone from below claude: its parent ends first.
    `(setsid sh -c 'while kill -0 "$0" 2> /dev/null; do sleep 0.02; done; agent-runner send peer no; echo "$?" > ${said}' $$ > /dev/null 2>&1 &)`,
  ];
  const hang = bash(`until [ -s ${said} ]; do sleep 0.02; done`);
  const id = await worker.send(`${ways.map(bash).join(' ')} ${hang} @@SAY tried@@`, { hops: 4, trace: 'a-trace' });
  fixture.start();
  expect(await worker.answer(id), worker.lastText()).toBe('tried');
  expect(readFileSync(join(worker.cwd, 'said'), 'utf8')).toBe('77\n77\n');
  expect(readFileSync(said, 'utf8'), 'what was set apart').toBe('77\n');
  const sent = peer.ids().map(peer.message);
  expect(sent.map(({ body }) => body).sort()).toEqual(['1 it-is-read worker', '2 cleared', '3 forged']);
  for (const message of sent) expect(message).toMatchObject({ from: 'worker', turn: 1, hops: 5, trace: 'a-trace' });
  const turn = turnLayout(worker.layout.turns, 1);
  expect(existsSync(turn.submitted)).toBe(true);
  expect(existsSync(join(elsewhere, 'submitted'))).toBe(false);
});

it('a worker whose directory contains the root edits nothing in it, and still reads what came with its messages', async () => {
  await using fixture = await agentFixture();
  const { root } = fixture;
  const cwd = fixture.place.home;
  const worker = await fixture.agent('worker', {
    front: {
      ...{ cwd, permissionMode: 'acceptEdits', allowedTools: ['Bash(echo *)'], approvals: 'off' },
      ...{ settings: join(cwd, 'claude.json'), mcpConfig: join(cwd, 'servers.json') },
    },
  });
  // What says what it may do may lie there by other ways, too.
  const rules = [join(cwd, 'mine.md'), join(cwd, 'claude.json'), join(cwd, 'servers.json')];
  renameSync(worker.layout.definition, rules[0]!);
  symlinkSync(rules[0]!, worker.layout.definition);
  writeFileSync(rules[1]!, '{}');
  writeFileSync(rules[2]!, '{"mcpServers":{}}');
  const token = wakeLayout(root, 'worker').token;
  const attached = join(worker.layout.inbox.files, 'an-id');
  mkdirSync(attached);
  writeFileSync(join(attached, 'a.txt'), 'WHAT-CAME-ALONG');
  const places = [
    ...rules,
    rootLayout(root).config,
    rootLayout(root).pause,
    rootLayout(root).serviceEnvironment,
    join(root, 'templates', 'worker.md'),
    worker.layout.definition,
    join(worker.layout.inbox.inbox, 'to-myself.md'),
    agentLayout(root, 'new').definition,
    join(boardLayout(root).home, '000099.jsonl'),
    join(boardLayout(root).dead, 'x'),
  ];
  const before = places.map(path => (existsSync(path) ? readFileSync(path, 'utf8') : null));
  const drop = join(boardLayout(root).drop, 'told.md');
  const calls = [
    ...places.map(write),
    ...[write(drop), write(join(cwd, 'beside.txt'))],
    ...[token, join(attached, 'a.txt')].map(path => call('Read', { file_path: path })),
    bash(`echo x > ${worker.layout.definition}`),
  ];
  fixture.start();
  await fixture.until('the token', () => existsSync(token));
  const id = await worker.send(`${calls.join(' ')} @@SAY tried@@`);
  expect(await worker.answer(id)).toBe('tried');
  expect(places.map(path => (existsSync(path) ? readFileSync(path, 'utf8') : null))).toEqual(before);
  const { denials } = await worker.ended(1);
  expect(denials?.map(({ tool }) => tool).sort()).toEqual(['Bash', 'Read', ...places.map(() => 'Write')]);
  expect(existsSync(join(cwd, 'beside.txt'))).toBe(true);
  await fixture.until('the drop to be posted', async () =>
    (await fixture.command('board')).stdout.includes('by the agent'),
  );
  expect(worker.lastText()).toContain('WHAT-CAME-ALONG');
  expect(worker.lastText()).not.toContain(readFileSync(token, 'utf8').trim());
});
