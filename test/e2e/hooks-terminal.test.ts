// The hooks under the real claude in a terminal: sessions as peers, news at a prompt, in the middle of a turn, at its end.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  buildForFile,
  type Hooked,
  hookedClaude,
  layoutOf,
  type Terminal,
  times,
} from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';

const build = buildForFile();

/** Waits for the turn to be over: its Stop hook has run. */
const idle = (hooked: Hooked, terminal: Terminal) =>
  hooked.until('the session to be idle', async () => (await terminal.session()).state === 'idle');

/** Has the session run that command by its own tool. */
const byTool = (hooked: Hooked, terminal: Terminal, command: string) =>
  turn(hooked, terminal, `@@TOOL Bash ${JSON.stringify({ command })}@@ @@SAY done@@`);

/** Types a prompt and waits for its answer. */
async function turn(hooked: Hooked, terminal: Terminal, text: string): Promise<string[]> {
  const { peer } = await terminal.session();
  const before = hooked.bodies(peer.id).length;
  await terminal.prompt(text);
  await hooked.until(`the request of ${text}`, () => hooked.bodies(peer.id).length > before);
  await idle(hooked, terminal);
  return hooked.bodies(peer.id);
}

test('a session is registered, hears of the others once, and sends, posts and is renamed as itself', async () => {
  await using hooked = await hookedClaude(build.dist);
  const a = await hooked.terminal(['--allowedTools=Bash']);
  expect((await a.session()).peer.name).toBe('work');
  const greeted = await turn(hooked, a, 'hello there');
  expect(greeted[0]).toContain('you are \\"work\\"');
  expect(times(greeted[0], 'data from peers'), 'only in the greeting').toBe(1);

  const b = await hooked.terminal();
  expect((await b.session()).peer.name).toBe('work-2');
  await turn(hooked, b, 'hello from b');
  expect(hooked.bodies((await b.session()).peer.id)[0]).toContain('work (session, idle)');

  const posted = await byTool(hooked, a, 'agent-runner post A-SAYS-THIS --kind status');
  const heard = await turn(hooked, b, 'what is new');
  const after = await turn(hooked, b, 'and now');
  expect([...heard, after.at(-1)].map(body => times(body, 'A-SAYS-THIS'))).toEqual([0, 1, 1]);
  expect(heard[1]).toContain('from work');
  const own = await turn(hooked, a, 'my own?');
  expect(times(own.at(-1), 'A-SAYS-THIS'), 'not told to itself').toBe(times(posted.at(-1), 'A-SAYS-THIS'));

  expect((await byTool(hooked, a, 'agent-runner rename builder')).at(-1)).toContain('is now builder');
  expect((await a.session()).peer.name).toBe('builder');
});

test('a message comes with the next prompt, is done once it was seen, and is answered by reply', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal(['--allowedTools=Bash']);
  const asking = hooked.start(['ask', 'work', 'PLEASE-LOOK']);
  await hooked.until('the question', async () => (await terminal.session()).unread === 1);
  const [{ id }] = JSON.parse(await hooked.cli(['inbox', 'work', '--json']));
  const bodies = await turn(hooked, terminal, 'go on');
  expect(times(bodies.at(-1), 'PLEASE-LOOK')).toBe(1);
  await hooked.until('the message to be read', async () => (await terminal.session()).unread === 0);
  expect(times((await turn(hooked, terminal, 'once more')).at(-1), 'PLEASE-LOOK')).toBe(1);
  await byTool(hooked, terminal, `agent-runner reply ${id} I-LOOKED`);
  expect(await asking.ended).toMatchObject({ code: 0, stdout: 'I-LOOKED\n' });
});

test('a file that is copied into its inbox comes with the next prompt', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  const task = join(hooked.place.root, 'task.md');
  writeFileSync(task, '---\nsubject: From a shell\n---\nDROPPED-FOR-YOU\n');
  execFileSync('cp', [task, layoutOf(hooked, peer.id).inbox.inbox]);
  expect((await terminal.session()).unread).toBe(1);
  // Until it is stable, which is a matter of 0.2 s, it waits for the next prompt.
  const bodies = await hooked.until('it to be shown', async () => {
    const found = await turn(hooked, terminal, `prompt ${hooked.bodies(peer.id).length}`);
    return times(found.at(-1), 'DROPPED-FOR-YOU') === 1 && found;
  });
  expect(bodies.at(-1)).toContain('From a shell');
  await turn(hooked, terminal, 'and done');
  await hooked.until('it to be read', async () => (await terminal.session()).unread === 0);
});

test('list tells idle, busy, waiting for a permission and for an answer, as claude agents --json does', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  const listed = async () => {
    const rows = JSON.parse(await hooked.cli(['list', '--json'])) as {
      kind: string;
      state: string;
      detail: string | null;
    }[];
    const { state, detail } = rows.find(({ kind }) => kind === 'session')!;
    return detail === null ? state : `${state} (${detail})`;
  };
  /** What claude itself says. */
  const agents = async () => {
    const { stdout } = await hooked.place.run({ executable: realClaudePath(), args: ['agents', '--json'] });
    const found = JSON.parse(stdout) as { sessionId: string; status: string; waitingFor?: string }[];
    const { status, waitingFor } = found.find(({ sessionId }) => sessionId === peer.id)!;
    return waitingFor === undefined ? status : `${status}, ${waitingFor}`;
  };
  const reach = async (wanted: string, theirs: string) => {
    await hooked.until(wanted, async () => (await listed()) === wanted);
    expect(await agents()).toBe(theirs);
    // On the screen of a person, and with the age of its last activity.
    expect(await hooked.cli(['list'])).toMatch(new RegExp(`work +${wanted.replace(/[()]/g, '\\$&')} +0 +\\d+s`));
  };
  await reach('idle', 'idle');
  await terminal.prompt('@@HANG@@ think for long');
  await hooked.until('the request', () => hooked.bodies(peer.id).length === 1);
  await reach('busy', 'busy');
  terminal.keys('Escape');
  await reach('idle', 'idle');
  terminal.keys('C-u');
  await terminal.prompt('@@TOOL Bash {"command":"touch made-by-me"}@@ go');
  await reach('waiting (permission)', 'waiting, permission prompt');
  terminal.keys('Escape');
  await reach('idle', 'idle');
  terminal.keys('C-u');
  const choice = { label: 'this', description: 'or that' };
  const questions = [
    { question: 'Which?', header: 'H', multiSelect: false, options: [choice, { ...choice, label: 'that' }] },
  ];
  await terminal.prompt(`@@TOOL AskUserQuestion ${JSON.stringify({ questions })}@@`);
  await reach('waiting (answer)', 'waiting, input needed');
  await terminal.kill();
  expect(await listed()).toMatch(/^dead \(last seen \w+ \d+s ago\)$/);
});

test('an urgent message comes in the middle of a turn, after a tool; others wait', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  // Two tools: the first one's end is when the message is there.
  const prompt = `@@TOOL Bash {"command":"sleep 3; echo one"}@@ @@TOOL Bash {"command":"echo two"}@@`;
  await terminal.prompt(prompt);
  await hooked.until('the first tool to run', () => hooked.bodies(peer.id).length === 1);
  await hooked.cli(['send', 'work', 'CAN-WAIT', '--kind', 'note']);
  const urgent = (await hooked.cli(['send', 'work', 'STOP-AT-ONCE', '--kind', 'note', '--priority', 'high'])).trim();
  const bodies = await hooked.until('three requests', () => {
    const found = hooked.bodies(peer.id);
    return found.length >= 3 && found;
  });
  await idle(hooked, terminal);
  expect(bodies.map(body => times(body, 'STOP-AT-ONCE'))).toEqual([0, 1, 1]);
  expect(bodies[2]).not.toContain('CAN-WAIT');
  const next = await turn(hooked, terminal, 'next one');
  expect(times(next.at(-1), 'STOP-AT-ONCE')).toBe(1);
  expect(times(next.at(-1), 'CAN-WAIT')).toBe(1);
  await hooked.until('both to be read', async () => (await terminal.session()).unread === 0);
  // What proves that it was seen: claude's own transcript.
  const { state, steps } = JSON.parse(await hooked.cli(['explain', urgent, '--json']));
  const seen = steps.find(({ step }: { step: string }) => step === 'seen');
  const { transcript } = (await terminal.session()).peer;
  expect({ state, isProven: seen.isProven, proof: seen.evidence.at(-1).path }).toEqual({
    state: 'done',
    isProven: true,
    proof: transcript,
  });
});

test('Esc before any output: shown again with the next prompt', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  await turn(hooked, terminal, 'first one');
  await hooked.cli(['post', 'SEEN-OR-NOT']);
  await terminal.prompt('@@HANG@@ wait for it');
  await hooked.until('the request', () => hooked.bodies(peer.id).length === 2);
  terminal.keys('Escape');
  await hooked.until('the interruption', () => /Interrupted|❯\u00a0@@HANG/.test(terminal.screen()));
  // The prompt may be back in the box.
  terminal.keys('C-u');
  const bodies = await turn(hooked, terminal, 'second one');
  expect(times(bodies.at(-1), 'SEEN-OR-NOT')).toBeGreaterThanOrEqual(1);
  const after = await turn(hooked, terminal, 'third one');
  expect(times(after.at(-1), 'SEEN-OR-NOT'), 'and not again after that').toBe(times(bodies.at(-1), 'SEEN-OR-NOT'));
});

test('/clear and --resume keep the identity; a killed session is dead, and its unread messages wait', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const before = await terminal.session();
  await turn(hooked, terminal, 'hello');
  await terminal.prompt('/clear');
  await hooked.until('another id', async () => (await terminal.session()).peer.id !== before.peer.id);
  const cleared = await terminal.session();
  expect(cleared.peer.name).toBe(before.peer.name);
  expect(await hooked.sessions()).toHaveLength(1);
  await hooked.cli(['post', 'AFTER-CLEAR']);
  await hooked.cli(['send', before.peer.name, 'TO-THE-SAME', '--kind', 'note']);
  const bodies = await turn(hooked, terminal, 'who am I');
  expect(times(bodies.at(-1), 'AFTER-CLEAR')).toBe(1);
  expect(times(bodies.at(-1), 'TO-THE-SAME')).toBe(1);

  await terminal.kill();
  const dead = await terminal.session();
  expect(dead.state).toBe('dead');
  expect(dead.detail).toMatch(/last seen idle \d+s ago/);
  await hooked.cli(['send', before.peer.name, 'WHILE-YOU-WERE-GONE', '--kind', 'note']);
  const again = await hooked.terminal(['--resume', cleared.peer.id]);
  const resumed = await again.session();
  expect(resumed.peer).toMatchObject({ id: cleared.peer.id, name: before.peer.name });
  expect(resumed.unread).toBe(1);
  const told = await turn(hooked, again, 'I am back');
  expect(times(told.at(-1), 'WHILE-YOU-WERE-GONE')).toBe(1);
  expect(times(told.at(-1), 'AFTER-CLEAR')).toBe(1);
  again.keys('C-d');
  await hooked.until('its end', async () => {
    again.keys('C-d');
    return (await again.session()).state === 'ended';
  });
});

test('with --deliver-on-stop an unread message continues the turn, once', async () => {
  await using hooked = await hookedClaude(build.dist);
  await hooked.cli(['hooks', 'install', '--deliver-on-stop']);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  await terminal.prompt('@@TOOL Bash {"command":"sleep 2; echo one"}@@ go');
  await hooked.until('the tool to run', () => hooked.bodies(peer.id).length === 1);
  await hooked.cli(['send', 'work', 'BEFORE-YOU-STOP', '--kind', 'note']);
  const bodies = await hooked.until('three requests', () => {
    const found = hooked.bodies(peer.id);
    return found.length >= 3 && found;
  });
  await idle(hooked, terminal);
  expect(bodies.map(body => body.includes('BEFORE-YOU-STOP'))).toEqual([false, false, true]);
  // The CLI itself hands a blocking Stop hook's reason on twice: as feedback, and as "Stop hook blocking error from command".
  expect(times(bodies[2], 'Stop hook feedback')).toBe(1);
  await hooked.until('it to be read', async () => (await terminal.session()).unread === 0);
  expect(hooked.bodies(peer.id)).toHaveLength(3);
  expect(readFileSync(layoutOf(hooked, peer.id).state, 'utf8').trim()).toBe('idle');
});

test('a prompt typed during a turn brings news, which count as seen only once the transcript proves it', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  await terminal.prompt('@@TOOL Bash {"command":"sleep 4; echo one"}@@ go');
  await hooked.until('the tool to run', () => hooked.bodies(peer.id).length === 1);
  await hooked.cli(['post', 'WHILE-YOU-WORK']);
  await terminal.prompt('typed in the middle');
  await hooked.until('it to be shown', () => readdirSync(layoutOf(hooked, peer.id).shown).length > 0);
  const bodies = await hooked.until('the second request', () => {
    const found = hooked.bodies(peer.id);
    return found.length >= 2 && found;
  });
  await idle(hooked, terminal);
  expect(bodies.map(body => times(body, 'WHILE-YOU-WORK'))).toEqual([0, 1]);
  const next = await turn(hooked, terminal, 'and then');
  expect(times(next.at(-1), 'WHILE-YOU-WORK')).toBe(1);
});
