// Everyday commands as processes of their own: read, ack, pause, remove, edit, peek, logs, costs, dead purge, the overview. The fake
// claude runs where a claude must.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { type AgentFixture, cliPath, fixtureForEach, gate } from '#test/support/agent-fixture.ts';
import { fakeClaudePath, realClaudePath } from '#test/support/isolated-claude.ts';
import { person } from '#test/support/person.ts';

let fixture: AgentFixture;
fixtureForEach({ config: { claude: fakeClaudePath(), stopGraceSeconds: 20 } }, made => {
  fixture = made;
});

const ESC = '\u001b';
const NO_SUCH = '01900000-0000-7000-8000-000000000000';

async function json(...args: string[]) {
  const { code, stdout } = await fixture.command(...args, '--json');
  return { code, value: JSON.parse(stdout) };
}

/** Runs with more environment, as `EDITOR=… agent-runner edit …` is typed. */
const commandWith = (env: Record<string, string>, ...args: string[]) =>
  fixture.place.run({ executable: process.execPath, args: [cliPath, ...args], env });

/** On a terminal of its own (util-linux `script`). */
const onTerminal = (...args: string[]) => {
  const command = [process.execPath, cliPath, ...args].map(word => `'${word}'`).join(' ');
  const env = { TERM: 'xterm', COLUMNS: '120' };
  return fixture.place.run({ executable: 'script', args: ['-qec', command, '/dev/null'], env });
};

describe('the operator reads', () => {
  it('what came, in full; it stays unread until it is acked, and is found again with --all', async () => {
    const agent = await fixture.agent('worker');
    fixture.start();
    const id = await agent.send('@@SAY line one\nline two@@');
    await agent.answer(id);
    const [unread] = (await json('inbox')).value;
    expect(unread).toMatchObject({ from: 'worker', kind: 'answer', inReplyTo: [id], unread: true });
    const read = await fixture.command('read', unread.id.slice(0, 13));
    expect(read).toMatchObject({ code: 0 });
    expect(read.stdout).toMatch(/^from: +worker\nto: +operator\nkind: +answer\n/);
    expect(read.stdout).toContain('line one\nline two');
    expect(read.stderr).toContain(`agent-runner ack ${shortId(unread.id)}`);
    expect((await json('read', unread.id)).value).toMatchObject({ id: unread.id, state: 'new', to: 'operator' });
    expect(await fixture.command('ack', unread.id)).toMatchObject({
      code: 0,
      stdout: `${shortId(unread.id)} is done\n`,
    });
    expect(await json('ack', unread.id)).toEqual({
      code: 0,
      value: [{ id: unread.id, peer: 'operator', state: 'done' }],
    });
    expect((await json('inbox')).value).toEqual([]);
    expect((await json('inbox', '--all')).value).toMatchObject([{ id: unread.id, unread: false }]);
    expect((await fixture.command('inbox', '--all')).stdout).toMatch(/^Nothing unread .*\n\nRead before:\n/);
  });

  it('and what is replied to an answer, or to a question, is work that is answered again', async () => {
    const agent = await fixture.agent('worker');
    fixture.start();
    await agent.answer(await agent.send('@@SAY shall I go on?@@'));
    const [answer] = (await json('inbox')).value;
    expect((await fixture.command('reply', shortId(answer.id), '@@SAY went on@@')).code).toBe(0);
    const shown = async () => (await json('inbox')).value;
    await fixture.until('the second answer', async () =>
      (await shown()).some(({ body }: { body: string }) => body === 'went on'),
    );
    expect(await shown(), 'what was replied to is done').toHaveLength(1);
    expect((await json('trace', answer.id)).value).toMatchObject({ state: 'replied', place: { state: 'done' } });
    // The agent asked, and waits no more: its turn is over.
    const asked = await fixture.command('send', 'operator', 'which branch?', '--kind', 'question', '--from', 'worker');
    // A question to a person is answered by one.
    using someone = person(fixture.root, fixture.place.env);
    expect((await someone.types('reply', asked.stdout.trim(), '@@SAY took main@@')).code).toBe(0);
    await fixture.until('the third answer', async () =>
      (await shown()).some(({ body }: { body: string }) => body === 'took main'),
    );
  });

  it('and is told in one sentence what was wrong with the call', async () => {
    const agent = await fixture.agent('worker');
    const id = await agent.send('work');
    const ends = {
      unknown: await fixture.command('read', NO_SUCH),
      short: await fixture.command('read', 'abc'),
      work: await fixture.command('ack', id),
      second: await fixture.command('ack', id, NO_SUCH),
    };
    expect(Object.values(ends).map(({ code }) => code)).toEqual([66, 64, 77, 66]);
    expect(ends.work.stderr).toContain(
      `is work of worker: only its answer ends it\n  To end it without one: agent-runner cancel ${shortId(id)}`,
    );
    expect((await agent.where(id))?.state).toBe('new');
  });
});

describe('start in the foreground', () => {
  it('says one line for each turn; with --quiet, none', async () => {
    const agent = await fixture.agent('worker');
    const saidBy = async (...args: string[]) => {
      await agent.send('@@SAY again@@');
      return (await fixture.command('start', '--once', ...args)).stderr;
    };
    expect(await saidBy()).toMatch(/^[\d :-]+ worker: turn \d+ for operator: answered, \$[\d.]+, [\d.]+ s\n$/m);
    expect(await saidBy('--quiet')).not.toContain('turn');
  });
});

describe('pause', () => {
  it('of one agent and of all holds work back, also over a start, and resume lets it go', async () => {
    const [one, two] = [await fixture.agent('one'), await fixture.agent('two')];
    expect(await json('pause', 'one')).toEqual({
      code: 0,
      value: { name: 'one', path: one.layout.pause, already: false },
    });
    expect((await fixture.command('pause', 'one')).stdout).toMatch(
      /^one was paused already\nTake it back with: agent-runner resume one\n$/,
    );
    const runner = fixture.start();
    await runner.says(/watching/);
    const waits = await one.send('@@SAY one@@');
    expect(await two.answer(await two.send('@@SAY two@@'))).toBe('two');
    expect((await one.where(waits))?.state).toBe('new');
    expect((await fixture.command('resume', 'one')).stdout).toContain('Took back one: paused');
    expect(await one.answer(waits)).toBe('one');
    expect((await fixture.command('pause')).stdout).toMatch(/^Paused every agent: no new turns/);
    const all = await two.send('@@SAY later@@');
    const { stdout } = await fixture.command('resume', 'two');
    expect(stdout).toContain('still paused');
    expect((await two.where(all))?.state).toBe('new');
    expect((await json('resume')).value).toMatchObject({ took: [{ name: null, what: 'pause' }], raisedUsd: null });
    expect(await two.answer(all)).toBe('later');
  });

  it('of an agent that is not there is refused', async () => {
    expect(await fixture.command('pause', 'nobody')).toMatchObject({ code: 66, stdout: '' });
  });
});

describe('remove', () => {
  it('takes an agent out that nobody runs, and keeps everything of it', async () => {
    const agent = await fixture.agent('worker');
    const { code, value } = await json('remove', 'worker');
    expect({ code, value }).toMatchObject({ code: 0, value: { name: 'worker', buried: 0 } });
    expect(existsSync(agent.layout.home)).toBe(false);
    expect(readFileSync(join(value.kept, 'agent.md.removed'), 'utf8')).toContain('cwd');
    expect((await json('list')).value).toEqual([]);
    expect(await fixture.command('send', 'worker', 'hello')).toMatchObject({ code: 66 });
    expect(await fixture.command('remove', 'worker')).toMatchObject({ code: 66 });
    expect((await fixture.command('add', 'worker', '--cwd', agent.cwd)).code).toBe(0);
  });

  it('refuses while messages wait; with --force they are dead, their senders are told, and the letters stay in sight', async () => {
    const [agent, sender] = [await fixture.agent('worker'), await fixture.agent('sender')];
    const ids = [await agent.send('one', { from: 'sender' }), await agent.send('two'), await agent.send('held')];
    agent.drop('plain.txt', 'a drop');
    const refused = await fixture.command('remove', 'worker');
    expect(refused.code).toBe(77);
    expect(refused.stderr).toContain('worker has 4 messages without an answer or an end');
    expect(refused.stderr).toContain('agent-runner remove worker --force');
    expect(existsSync(agent.layout.definition)).toBe(true);
    const { code, value } = await json('remove', 'worker', '--force');
    expect({ code, buried: value.buried }).toEqual({ code: 0, buried: 4 });
    const dead = (await json('dead', 'list')).value;
    expect(dead.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(ids));
    expect(dead).toHaveLength(4);
    expect(new Set(dead.map(({ reason }: { reason: string }) => reason))).toEqual(
      new Set(['agent worker was removed by operator']),
    );
    const told = readdirSync(sender.layout.inbox.new).map(name =>
      readFileSync(join(sender.layout.inbox.new, name), 'utf8'),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `Message ${shortId(ids[0]!)} from sender to worker is dead: agent worker was removed by operator`,
    );
    expect(told[0]).not.toContain('requeue');
    const requeued = await fixture.command('dead', 'requeue', ids[1]!);
    expect(requeued).toMatchObject({ code: 77 });
    expect(requeued.stderr).toContain('was removed');
    expect((await fixture.command('trace', ids[1]!)).stdout).toContain('agent worker was removed by operator');
  });

  it('with a runner that has it in a turn: the turn is ended, its message is dead, and the others go on', async () => {
    const [agent, other] = [await fixture.agent('worker'), await fixture.agent('other')];
    const runner = fixture.start();
    const id = await agent.send('@@HANG@@');
    const pid = await agent.childPid(1);
    expect((await fixture.command('remove', 'worker')).code).toBe(77);
    const { code, value } = await json('remove', 'worker', '--force');
    expect(code).toBe(0);
    expect(identifySync(pid)).toBeNull();
    const [dead] = (await json('dead', 'list')).value;
    expect(dead).toMatchObject({ id, reason: 'cancelled by operator' });
    expect(existsSync(join(value.kept, 'turns', '000001', 'closed'))).toBe(true);
    expect(await other.answer(await other.send('@@SAY still here@@'))).toBe('still here');
    expect(runner.stderr()).not.toContain('ENOENT');
    // A new one of the same name starts again, under the same runner.
    expect((await fixture.command('add', 'worker', '--cwd', agent.cwd)).code).toBe(0);
    const ask = await fixture.command('ask', 'worker', '@@SAY anew@@', '--timeout', '30');
    expect(ask).toMatchObject({ code: 0, stdout: 'anew\n' });
  });

  it('goes on where one that was killed had stopped, and add waits for that', async () => {
    const agent = await fixture.agent('worker');
    const id = await agent.send('never');
    const { definition, removed } = agent.layout;
    // What a kill after the first step leaves.
    writeFileSync(removed, readFileSync(definition));
    rmSync(definition);
    const added = await fixture.command('add', 'worker', '--cwd', agent.cwd);
    expect(added).toMatchObject({ code: 75 });
    expect(added.stderr).toContain('agent-runner remove worker --force');
    expect((await json('remove', 'worker', '--force')).value).toMatchObject({ buried: 1 });
    expect((await json('dead', 'list')).value).toMatchObject([{ id }]);
  });

  it('killed at any moment and called again, gives each message one end and each sender one note', async () => {
    const sender = await fixture.agent('sender');
    for (const afterMs of [70, 90, 110, 130, 160]) {
      const agent = await fixture.agent('worker');
      const ids = [];
      for (let at = 0; at < 6; at++) ids.push(await agent.send(`message ${at}`, { from: 'sender' }));
      const args = [cliPath, 'remove', 'worker', '--force'];
      const running = fixture.place.start({ executable: process.execPath, args });
      await new Promise(resolve => setTimeout(resolve, afterMs));
      running.child.kill('SIGKILL');
      await running.ended;
      const isOver = !existsSync(agent.layout.home);
      const again = await fixture.command('remove', 'worker', '--force');
      expect(again.code, again.stderr).toBe(isOver ? 66 : 0);
      expect(existsSync(agent.layout.home)).toBe(false);
      const dead = (await json('dead', 'list')).value.map(({ id }: { id: string }) => id);
      for (const id of ids) expect(dead.filter((each: string) => each === id)).toEqual([id]);
      const told = readdirSync(sender.layout.inbox.new).map(name =>
        readFileSync(join(sender.layout.inbox.new, name), 'utf8'),
      );
      for (const id of ids)
        expect(told.filter(text => text.includes(`Message ${shortId(id)} from sender`))).toHaveLength(1);
    }
  });

  it('closes a turn that a killed runner left open, with its cost', async () => {
    const agent = await fixture.agent('worker');
    const runner = fixture.start();
    const id = await agent.send('@@HANG@@');
    const child = await agent.childPid(1);
    await fixture.server.seen(request => request.prompt.includes('HANG'));
    runner.signal('SIGKILL');
    await runner.ended;
    const { code, value } = await json('remove', 'worker', '--force');
    expect(code).toBe(0);
    expect(identifySync(child)).toBeNull();
    const ended = JSON.parse(readFileSync(join(value.kept, 'turns', '000001', 'ended'), 'utf8'));
    expect(ended.verdict).toMatchObject({ kind: 'cancelled' });
    expect((await json('dead', 'list')).value).toMatchObject([{ id }]);
  });
});

describe('edit', () => {
  /** An editor that does that with the file it is given. */
  function editor(name: string, script: string): string {
    const path = join(fixture.place.root, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('puts a valid text in place at once; an unchanged one changes nothing', async () => {
    const agent = await fixture.agent('worker');
    const before = readFileSync(agent.layout.definition, 'utf8');
    const same = await commandWith({ EDITOR: 'true' }, 'edit', 'worker');
    expect(same).toMatchObject({
      code: 0,
      stdout: `${agent.layout.definition} stays as it was: nothing was changed\n`,
    });
    const path = editor('an editor', 'test "$1" = --wait || exit 9; printf "Be brief.\\n" >> "$2"');
    const changed = await commandWith(
      { VISUAL: `${path.replace(' ', '\\ ')} --wait`, EDITOR: 'false' },
      'edit',
      'worker',
    );
    expect(changed).toMatchObject({
      code: 0,
      stdout: `Changed ${agent.layout.definition}; it takes effect at the next turn\n`,
    });
    expect(readFileSync(agent.layout.definition, 'utf8')).toBe(`${before}Be brief.\n`);
    expect(readdirSync(agent.layout.home).filter(name => name.startsWith('draft'))).toEqual([]);
  });

  it('keeps the old file until the new one is valid, and the text that was typed', async () => {
    const agent = await fixture.agent('worker');
    const before = readFileSync(agent.layout.definition, 'utf8');
    const spoil = editor('spoil', 'printf -- "---\\ncwd: /\\nmodell: haiku\\n---\\n" > "$1"');
    const { code, stderr } = await commandWith({ EDITOR: spoil }, 'edit', 'worker');
    expect(code).toBe(78);
    expect(stderr).toContain('agent.md:3: unknown key "modell": did you mean "model"?');
    expect(readFileSync(agent.layout.definition, 'utf8')).toBe(before);
    const draft = readdirSync(agent.layout.home).find(name => name.startsWith('draft'))!;
    expect(stderr).toContain(join(agent.layout.home, draft));
    expect(readFileSync(join(agent.layout.home, draft), 'utf8')).toContain('modell');
  });

  it('writes through a link, with the mode of the file that it leads to; one that leads nowhere is named', async () => {
    const agent = await fixture.agent('worker');
    const target = join(fixture.place.root, 'dotfiles.md');
    renameSync(agent.layout.definition, target);
    chmodSync(target, 0o640);
    symlinkSync(target, agent.layout.definition);
    const before = readFileSync(target, 'utf8');
    const EDITOR = editor('append', 'printf "Be brief.\\n" >> "$1"');
    expect(await commandWith({ EDITOR }, 'edit', 'worker')).toMatchObject({ code: 0 });
    expect(lstatSync(agent.layout.definition).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe(`${before}Be brief.\n`);
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(agent.layout.home).filter(name => name.startsWith('draft'))).toEqual([]);
    rmSync(target);
    expect(await commandWith({ EDITOR }, 'edit', 'worker')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('agent.md is a link that leads nowhere'),
    });
    expect((await fixture.command('list')).stdout).toMatch(/worker .*broken: agent\.md is a link that leads nowhere/);
  });

  it('never goes through a shell, and says when there is no such editor, or it failed', async () => {
    const agent = await fixture.agent('worker');
    const trap = join(fixture.place.root, 'trap');
    const shell = await commandWith(
      { EDITOR: `true; touch ${trap} $(touch ${trap}) \`touch ${trap}\`` },
      'edit',
      'worker',
    );
    expect(shell).toMatchObject({ code: 69 });
    expect(existsSync(trap)).toBe(false);
    const failed = await commandWith({ EDITOR: 'false' }, 'edit', 'worker');
    expect(failed).toMatchObject({ code: 69 });
    expect(failed.stderr).toContain('the editor "false" ended with 1; nothing was changed');
    expect(await commandWith({ EDITOR: 'true' }, 'edit', 'nobody')).toMatchObject({ code: 66 });
    expect(existsSync(agent.layout.definition)).toBe(true);
  });

  it('does not overwrite what somebody else wrote meanwhile', async () => {
    const agent = await fixture.agent('worker');
    const other = `---\ncwd: /\n---\nsomebody else's\n`;
    writeFileSync(join(fixture.place.root, 'other.md'), other);
    const slow = editor(
      'slow',
      `echo mine >> "$1"; cp '${join(fixture.place.root, 'other.md')}' '${agent.layout.definition}'`,
    );
    const { code, stderr } = await commandWith({ EDITOR: slow }, 'edit', 'worker');
    expect(code).toBe(75);
    expect(stderr).toContain('was changed by somebody else meanwhile');
    expect(readFileSync(agent.layout.definition, 'utf8')).toBe(other);
  });
});

describe('what was done', () => {
  it('peek shows the last turns with question and answer, and one that runs', async () => {
    const agent = await fixture.agent('worker');
    expect(await fixture.command('peek', 'worker')).toMatchObject({ code: 0, stdout: 'worker has had no turn yet.\n' });
    fixture.start();
    await agent.answer(await agent.send('first @@SAY one@@'));
    const second = await agent.send('second @@SAY two@@', { subject: 'the second' });
    await agent.answer(second);
    await agent.ended(2);
    const { stdout } = await fixture.command('peek', 'worker');
    expect(stdout).toMatch(/^turn 2, [\d:]+\n/);
    expect(stdout).toContain(`operator, request ${shortId(second)}: the second\nsecond @@SAY two@@`);
    expect(stdout).toMatch(/worker, answered, \$[\d.]+\ntwo\n/);
    const { value } = await json('peek', 'worker', '9');
    expect(value.map((each: { answer: string }) => each.answer)).toEqual(['one', 'two']);
    await agent.send('third @@HANG@@');
    await agent.childPid(3);
    expect((await fixture.command('peek', 'worker')).stdout).toContain('worker, not ended yet');
    for (const count of ['0', '-1', 'x', '1.5', ''])
      expect(await fixture.command('peek', 'worker', '--', count)).toMatchObject({ code: 64, stdout: '' });
  });

  it('costs adds up by agent and by day', async () => {
    const today = new Date();
    const day = (back: number) => {
      const at = new Date(today.getFullYear(), today.getMonth(), today.getDate() - back, 12);
      return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
    };
    const line = (agent: string, turn: number, usd: number) => `${JSON.stringify({ agent, turn, usd })}\n`;
    const { costs } = rootLayout(fixture.root);
    writeFileSync(join(costs, `${day(0)}.jsonl`), line('a', 3, 0.5) + line('b', 1, 0.25) + line('b', 1, 0.25));
    writeFileSync(join(costs, `${day(2)}.jsonl`), `${line('a', 2, 1)}torn {`);
    writeFileSync(join(costs, `${day(40)}.jsonl`), line('a', 1, 100));
    const byAgent = (await json('costs')).value;
    expect(byAgent).toMatchObject({ by: 'agent', today: day(0), totalUsd: 1.75, todayUsd: 0.75, turns: 3 });
    expect(byAgent.rows).toEqual([
      { name: 'a', turns: 2, usd: 1.5, todayUsd: 0.5 },
      { name: 'b', turns: 1, usd: 0.25, todayUsd: 0.25 },
    ]);
    const byDay = (await json('costs', '--by', 'day')).value;
    expect(byDay.rows.map(({ name, usd }: { name: string; usd: number }) => [name, usd])).toEqual([
      [day(2), 1],
      [day(0), 0.75],
    ]);
    expect((await json('costs', '--days', '2')).value.totalUsd).toBe(0.75);
    expect((await fixture.command('costs')).stdout).toMatch(
      /^AGENT +TURNS +TODAY +USD\na +2 +\$0\.50 +\$1\.50\nb +1 +\$0\.25 +\$0\.25\n\n\$1\.75 for 3 turns from/,
    );
    for (const wrong of [
      ['--by', 'moon'],
      ['--days', '0'],
      ['--days', 'x'],
    ])
      expect(await fixture.command('costs', ...wrong)).toMatchObject({ code: 64, stdout: '' });
  });

  it('logs shows what a runner in the background said, and of one agent its own lines', async () => {
    expect(await fixture.command('logs')).toMatchObject({ code: 66, stdout: '' });
    const { runnerLog } = rootLayout(fixture.root);
    await fixture.agent('one');
    mkdirSync(join(runnerLog, '..'), { recursive: true });
    writeFileSync(runnerLog, 'T one: a\nT one-two: b\nT two: c\nT one: d\nT agent-runner: skipped one: e\n');
    expect((await fixture.command('logs', '-n', '2')).stdout).toBe('T one: d\nT agent-runner: skipped one: e\n');
    expect((await fixture.command('logs', 'one')).stdout).toBe('T one: a\nT one: d\nT agent-runner: skipped one: e\n');
    expect((await fixture.command('logs', 'one', '-n', '1')).stdout).toBe('T agent-runner: skipped one: e\n');
    expect(await fixture.command('logs', 'nobody')).toMatchObject({ code: 66 });
    expect(await fixture.command('logs', '-n', 'many')).toMatchObject({ code: 64 });
  });
});

describe('dead purge', () => {
  it('removes for good what was named, and nothing without a name', async () => {
    const agent = await fixture.agent('worker');
    const ids = [await agent.send('one'), await agent.send('two'), await agent.send('three')];
    for (const id of ids) expect((await fixture.command('cancel', id)).code).toBe(0);
    expect(await fixture.command('dead', 'purge')).toMatchObject({ code: 64, stdout: '' });
    expect((await json('dead', 'purge', '--older-than', '1h')).value).toEqual([]);
    expect((await json('dead', 'purge', ids[0]!)).value).toMatchObject([{ id: ids[0], peer: 'worker' }]);
    expect((await json('dead', 'list')).value.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1));
    expect(await fixture.command('dead', 'purge', ids[0]!)).toMatchObject({ code: 66 });
    expect(await fixture.command('dead', 'purge', '--older-than', 'long')).toMatchObject({ code: 64 });
    expect((await fixture.command('dead', 'purge', 'worker')).stdout).toContain('Removed 2 dead letters');
    expect(readdirSync(agent.layout.inbox.dead)).toEqual([]);
    // What became of them is still known, and none of them can be sent again under its id.
    expect((await json('trace', ids[0]!)).value.state).toBe('dead');
  });
});

describe('what needs a person arrives once, with the command that settles it', () => {
  const notes = () => fixture.operatorInbox().filter(({ kind }) => kind === 'note');

  it('a thing that cannot be work is told once, over restarts', async () => {
    const agent = await fixture.agent('worker');
    mkdirSync(join(agent.layout.inbox.inbox, 'folder'));
    const first = fixture.start();
    await fixture.until('the note', () => notes().length > 0);
    first.signal('SIGTERM');
    await first.ended;
    fixture.start();
    await agent.answer(await agent.send('@@SAY up again@@'));
    expect(notes().map(({ body }) => body)).toEqual([
      expect.stringMatching(
        /^"folder", dropped for worker, is dead: a directory is not work: drop a regular file; look at it with: agent-runner dead show [0-9a-f]{8}\n$/,
      ),
    ]);
  });

  it('the budget of all agents is one note, however many it parks', async () => {
    const spent = { agent: 'gone', turn: 1, usd: 25 };
    writeFileSync(join(rootLayout(fixture.root).costs, `${localDay(Date.now())}.jsonl`), `${JSON.stringify(spent)}\n`);
    const agents = [await fixture.agent('one'), await fixture.agent('two'), await fixture.agent('three')];
    fixture.start();
    for (const agent of agents) await agent.send('more');
    for (const agent of agents)
      await fixture.until(`${agent.name} to be parked`, () => existsSync(agent.layout.parked));
    expect(notes().map(({ body }) => body)).toEqual([
      expect.stringMatching(
        /^Every agent is parked \(fleet-budget\): .*; to go on today: agent-runner resume --raise <usd>\n$/,
      ),
    ]);
  });

  it('a pause in the moment before the launcher holds: no claude is started', async () => {
    const agent = await fixture.agent('worker');
    const paused = gate();
    fixture.start();
    const pausing = fixture
      .until('the turn to be elected', () => existsSync(join(agent.layout.turns, '000001')))
      .then(() => {
        writeFileSync(agent.layout.pause, '');
        paused.open();
      });
    const id = await agent.send('@@SAY done@@');
    await Promise.all([pausing, paused.opened]);
    await fixture.until('the turn to be over', () => existsSync(join(agent.layout.turns, '000001', 'closed')));
    // Either the pause came in time and nothing was started, or claude ran before it; never after.
    const ended = await agent.ended(1);
    if (ended.verdict.kind === 'void') expect((await agent.where(id))?.state).toBe('new');
    else expect(ended.verdict.kind).toBe('answered');
    expect(agent.turns()).toEqual([1]);
  });
});

test.each([
  [['sned', 'x'], 64, "unknown command 'sned'", 'agent-runner --help'],
  [['status'], 64, 'which agent or session? None is named', 'agent-runner list'],
  [
    ['send', 'worker', 'do', "what's", 'due'],
    64,
    'the text is in 3 words',
    `agent-runner send worker 'do what'\\''s due'`,
  ],
  [['post', 'hello', 'there'], 64, 'the text is in 2 words', "Put it in quotes: agent-runner post 'hello there'"],
  [['dead', 'shw'], 64, 'there is no command "dead shw"', 'Did you mean: agent-runner dead show'],
  [['dead', NO_SUCH], 64, `${NO_SUCH} is a message`, `agent-runner dead show ${NO_SUCH}`],
  [['service', 'instal'], 64, 'there is no command "service instal"', 'Did you mean: agent-runner service install'],
  [['templates', 'x'], 64, 'there is no command "templates x"', 'There are: list, show.'],
  [['hooks', 'status', 'x'], 64, 'hooks status takes no "x"', 'agent-runner hooks status --help'],
  [['rename', 'worker', 'other'], 64, 'worker is an agent, and an agent keeps its name', 'rename is for sessions'],
  [['list', '--jsn'], 64, "unknown option '--jsn'", 'agent-runner list --help'],
  [['add', 'Rev'], 65, '"Rev" is not a name', 'Take "rev".'],
  [['add', 'worker'], 73, 'there is an agent "worker" already', 'agent-runner edit worker'],
  [['send', 'wroker', 'x'], 66, 'there is no agent "wroker"', 'Did you mean "worker"?'],
  [['read', 'abc'], 64, '"abc" is no message id', 'Message ids are what send prints'],
  [['read', NO_SUCH], 66, 'there is no message', 'agent-runner inbox --all'],
  [['remove', 'nobody'], 66, 'there is no agent "nobody"', 'There are: worker.'],
  [['resume', 'nobody'], 66, 'there is no agent "nobody"', 'There are: worker.'],
  [['dead', 'purge', 'x'], 66, 'there is no dead letter "x"', 'agent-runner dead list'],
  [['notify'], 64, 'expected one of a name, --agent', 'agent-runner notify reviewer'],
  [['logs'], 66, 'there is no log', 'agent-runner start --detach'],
  [['stop'], 69, 'no runner of', 'agent-runner list'],
  [
    ['--root', '/no/such/root', 'list'],
    66,
    'there is no root at /no/such/root yet',
    'agent-runner --root /no/such/root init',
  ],
])('a slip is told in one sentence with the next step: %j', async (args, exit, sentence, next) => {
  await fixture.agent('worker');
  const { code, stdout, stderr } = await fixture.command(...args);
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  const [first = '', ...rest] = stderr.trimEnd().split('\n');
  expect(first).toContain(`agent-runner: ${sentence}`);
  expect(rest.join('\n')).toContain(next);
});

describe('agent-runner alone', () => {
  it('shows on a terminal what is going on and what to do next', async () => {
    await fixture.agent('worker');
    writeFileSync(join(inboxLayout(rootLayout(fixture.root).operator).new, 'x'), 'no message');
    const { code, stdout } = await onTerminal();
    expect(code).toBe(0);
    const text = stdout.replaceAll('\r', '').replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '');
    expect(text).toMatch(/^NAME +STATE[^\n]*\nworker +not running/);
    expect(text).toContain('no runner is up     agent-runner start');
    expect(text).toContain('$0.00 spent today');
    const plain = await fixture.place.run({
      executable: 'script',
      args: ['-qec', `'${process.execPath}' '${cliPath}'`, '/dev/null'],
      env: { TERM: 'xterm', NO_COLOR: '1' },
    });
    expect(plain.stdout).not.toContain(ESC);
  });

  it('begins at the beginning where nothing is set up, and is help where there is no terminal', async () => {
    rmSync(fixture.root, { recursive: true });
    const first = await onTerminal();
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('agent-runner init');
    const piped = await fixture.command();
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toMatch(/^Usage: agent-runner/);
  });

  it('--version names the claude that turns would run', async () => {
    writeFileSync(rootLayout(fixture.root).config, `claude: ${realClaudePath()}\n`);
    const { code, stdout } = await fixture.command('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^agent-runner \d+\.\d+\.\d+\nclaude \d+\.\d+\.\d+ \(.*\)\n$/);
    writeFileSync(rootLayout(fixture.root).config, 'claude: no-such-claude\n');
    expect((await fixture.command('--version')).stdout).toContain('claude none found: expected the claude command');
  });
});
