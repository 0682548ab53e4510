// What an ordinary user may not read or write, in the places where things are dropped and read. Run by scripts/as-user.mjs: root
// would see none of it.
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boardLayout, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { type AgentFixture, agentFixture } from '#test/support/agent-fixture.ts';
import { foreignDirectory, foreignFile, hasForeign } from '#test/support/foreign.ts';

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

it('these tests run as somebody to whom the system refuses what is not theirs', () => {
  const path = join(fixture.place.root, 'mine');
  writeFileSync(path, 'x');
  chmodSync(path, 0o000);
  expect(() => readFileSync(path)).toThrow(/EACCES/);
  expect(() => writeFileSync('/etc/agent-runner-test', 'x')).toThrow(/EACCES|EROFS/);
});

it.skipIf(!hasForeign)('a file and a directory of root’s can be put anywhere, and are still root’s', () => {
  const [file, directory] = ['file', 'directory'].map(name => join(fixture.place.root, name)) as [string, string];
  foreignFile(file);
  expect(statSync(file)).toMatchObject({ uid: 0 });
  expect(() => readFileSync(file)).toThrow(/EACCES/);
  foreignDirectory(directory);
  expect(statSync(directory)).toMatchObject({ uid: 0 });
  expect(() => accessSync(join(directory, 'file'), constants.R_OK)).toThrow(/EACCES/);
});

it('an agent works on what was dropped, and what it leaves is for its owner alone', async () => {
  const agent = await fixture.agent('worker');
  fixture.start();
  agent.drop('task.md', '@@SAY done by an ordinary user@@');
  expect(await agent.answer(await agent.taken('task.md'))).toBe('done by an ordinary user');
  expect(statSync(fixture.root).mode & 0o777).toBe(0o700);
  expect(statSync(agent.layout.transcript).mode & 0o777).toBe(0o600);
});

it('one thing that cannot be read or moved holds up nothing else, and is told once with what mends it', async () => {
  const worker = await fixture.agent('worker');
  const other = await fixture.agent('ghost');
  const { inbox } = worker.layout;
  const board = boardLayout(fixture.root);
  const operator = inboxLayout(rootLayout(fixture.root).operator);
  const locked = [inbox.inbox, board.drop, operator.inbox].map(directory => join(directory, 'locked.md'));
  for (const path of locked) writeFileSync(path, 'locked away', { mode: 0o000 });
  if (hasForeign) foreignFile(join(inbox.inbox, 'of-root.md'));
  // A directory is moved elsewhere only by who may write in it.
  const folder = join(inbox.inbox, 'folder');
  mkdirSync(folder, { mode: 0o555 });
  // Places that are read: a message, one for later, an agent, a session.
  const message = join(inbox.new, `${Date.now()}-${newId(Date.now())}`);
  writeFileSync(message, 'x', { mode: 0o000 });
  writeFileSync(join(inbox.later, `0000000000001-${newId(Date.now())}`), 'x', { mode: 0o000 });
  const session = sessionLayout(fixture.root, '01234567-89ab-7def-8123-456789abcdef').home;
  mkdirSync(session, { recursive: true });
  const closed = [other.layout.home, session];
  for (const path of closed) chmodSync(path, 0o000);
  try {
    const runner = fixture.start();
    worker.drop('good.md', '@@SAY all the same@@');
    writeFileSync(join(board.drop, 'good.md'), 'seen by all');
    expect(await worker.answer(await worker.taken('good.md'))).toBe('all the same');
    await fixture.until('the board to be told', async () =>
      (await fixture.command('board', '--json')).stdout.includes('seen by all'),
    );
    const told = await fixture.until('the notes', () => {
      const bodies = fixture.operatorInbox().map(({ body }) => body);
      const wanted = [
        'dropped for worker',
        'dropped for the board',
        'dropped for the operator',
        '"folder"',
        'Agent ghost',
      ];
      return wanted.every(word => bodies.some(body => body.includes(word))) && bodies;
    });
    for (const path of locked) expect(told.filter(body => body.includes(path))).toHaveLength(1);
    expect(told.filter(body => body.includes('chmod')).length).toBeGreaterThan(3);
    expect(runner.stderr()).not.toContain('cannot be written');

    const list = await fixture.command('list');
    expect(list).toMatchObject({ code: 0 });
    expect(list.stdout).toMatch(/worker +idle +0, [23] cannot be taken/);
    expect(list.stdout).toMatch(/ghost +broken: /);
    const status = await fixture.command('status', 'worker');
    expect(status.stdout).toMatch(/not taken +"folder" is a directory/);
    expect(status.stdout).toContain(`chmod u+rw ${locked[0]}`);
    for (const words of [['dead', 'list'], ['trace', worker.ids()[0]!], ['inbox'], ['peek', 'worker']])
      expect(await fixture.command(...words)).toMatchObject({ code: 0 });
    const doctor = await fixture.command('doctor');
    expect(doctor.stderr).toBe('');
    for (const path of [...locked, session, other.layout.home]) expect(doctor.stdout).toContain(path);

    chmodSync(locked[0]!, 0o600);
    await worker.taken('locked.md');
  } finally {
    for (const path of [...closed, folder]) chmodSync(path, 0o700);
  }
});
