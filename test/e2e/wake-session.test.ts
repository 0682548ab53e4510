// Signals for an interactive session of the real claude in tmux: the ladder, what a person's draft goes through, the limits.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootLayout, wakeLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { NUDGE_TEXT } from '#hooks/claude/session-inbox.ts';
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

const TOLD = 'A signal came from outside (wake)';

/** A runner without agents: it serves the sessions. */
function runner(hooked: Hooked, config = '') {
  writeFileSync(rootLayout(hooked.root).config, `claude: ${realClaudePath()}\n${config}`);
  return hooked.start(['start']);
}

async function served(hooked: Hooked, terminal: Terminal): Promise<string> {
  const { peer } = await terminal.session();
  await hooked.until('its socket', () => existsSync(wakeLayout(hooked.root, peer.id).token));
  return peer.id;
}

const notify = (hooked: Hooked, id: string, ...more: string[]) =>
  hooked.run(['notify', '--session-id', id, '--wait', '20', ...more]);

/** Takes its inbox away. */
async function cutInbox(hooked: Hooked, terminal: Terminal): Promise<void> {
  const { peer } = await terminal.session();
  const registry = join(hooked.place.home, '.claude', 'sessions', `${peer.process!.pid}.json`);
  const socket = await hooked.until('its inbox', () => {
    const path = existsSync(registry) && JSON.parse(readFileSync(registry, 'utf8')).messagingSocketPath;
    return path && existsSync(path) && path;
  });
  rmSync(socket);
}

const state = (hooked: Hooked, terminal: Terminal, word: string) =>
  hooked.until(`it to be ${word}`, async () => (await terminal.session()).state === word);

test('an idle session is woken by its inbox, told once what came, and a half-typed draft stays as it is', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  runner(hooked);
  const id = await served(hooked, terminal);
  terminal.keys('half a thought');
  await hooked.until('the draft', () => terminal.screen().includes('half a thought'));
  const end = await notify(hooked, id, '--json');
  expect(end.code).toBe(0);
  const told = JSON.parse(end.stdout);
  expect(told).toMatchObject({ peer: id, result: 'confirmed', answer: 'accepted', turn: expect.any(String) });
  const bodies = await hooked.until('the request', () => hooked.bodies(id).length > 0 && hooked.bodies(id));
  expect(times(bodies[0], TOLD)).toBe(1);
  expect(times(bodies[0], NUDGE_TEXT)).toBe(1);
  await state(hooked, terminal, 'idle');
  expect(terminal.screen()).toMatch(/❯\u00a0half a thought/);
  expect(readFileSync(join(layoutOf(hooked, id).woken, told.turn), 'utf8')).toContain(told.id);
  expect(readdirSync(layoutOf(hooked, id).signals)).toEqual([]);
  expect(JSON.parse(readFileSync(layoutOf(hooked, id).signalTurns, 'utf8')).count).toBe(1);
  // What is told once is told no more.
  for (let each = 0; each < 14; each++) terminal.keys('BSpace');
  await terminal.prompt('and now');
  await hooked.until('the next request', () => hooked.bodies(id).length > 1);
  expect(times(hooked.bodies(id).at(-1), TOLD)).toBe(1);
});

test('signals one after the other are each brought by the inbox, although the CLI drops words that it had just before', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  runner(hooked);
  const id = await served(hooked, terminal);
  for (const name of ['a', 'b', 'c']) {
    await state(hooked, terminal, 'idle');
    writeFileSync(join(hooked.place.cwd, name), '');
    const changed = ['--type', 'file_changed', '--path', join(hooked.place.cwd, name)];
    expect((await notify(hooked, id, ...changed)).stdout).toContain('confirmed');
  }
  const proofs = readdirSync(layoutOf(hooked, id).woken);
  expect(proofs).toHaveLength(3);
  expect(proofs.filter(name => name.startsWith('nudge-'))).toEqual([]);

  // So does a message, but for what wants no reply and what is to leave it idle: that comes with the turn that begins.
  await state(hooked, terminal, 'idle');
  const log = () => readFileSync(wakeLayout(hooked.root, id).log, 'utf8').trimEnd().split('\n').length;
  await hooked.cli(['send', 'work', 'JUST-SAYING', '--kind', 'note']);
  await hooked.cli(['send', 'work', 'WHEN-YOU-LIKE', '--no-wake']);
  expect(log()).toBe(3);
  await hooked.cli(['send', 'work', 'PLEASE-LOOK']);
  const body = await hooked.until('the turn', () => hooked.bodies(id).find(each => each.includes('PLEASE-LOOK')));
  for (const words of ['JUST-SAYING', 'WHEN-YOU-LIKE']) expect(times(body, words)).toBe(1);
});

test('without its inbox the watched file wakes it, also after a cd, and also with a draft', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  await cutInbox(hooked, terminal);
  runner(hooked);
  const id = await served(hooked, terminal);
  mkdirSync(join(hooked.place.cwd, 'below'));
  await terminal.prompt('@@TOOL Bash {"command":"cd below && pwd"}@@');
  await hooked.until('the tool’s result', () => hooked.bodies(id).length >= 2);
  await state(hooked, terminal, 'idle');
  terminal.keys('half a thought');
  await hooked.until('the draft', () => terminal.screen().includes('half a thought'));
  const before = hooked.bodies(id).length;
  expect(await notify(hooked, id)).toMatchObject({ code: 0, stdout: expect.stringContaining('confirmed') });
  const bodies = await hooked.until('the request', () => hooked.bodies(id).length > before && hooked.bodies(id));
  expect(times(bodies.at(-1), TOLD)).toBe(1);
  await state(hooked, terminal, 'idle');
  expect(terminal.screen()).toMatch(/❯\u00a0half a thought/);
});

test('a busy session is left alone until its turn is over; a prompt that comes first tells it', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  runner(hooked);
  const id = await served(hooked, terminal);
  await terminal.prompt('@@TOOL Bash {"command":"sleep 4; echo one"}@@');
  await hooked.until('the tool to run', () => hooked.bodies(id).length === 1);
  expect(await hooked.run(['notify', '--session-id', id])).toMatchObject({
    code: 0,
    stdout: `${id}: queued: seen in this turn or the next\n`,
  });
  const bodies = await hooked.until('three requests', () => hooked.bodies(id).length >= 3 && hooked.bodies(id));
  expect(bodies.map(body => times(body, TOLD))).toEqual([0, 0, 1]);
});

test('a session in bypassPermissions mode gets it with its next prompt only, unless its user accepts such messages', async () => {
  await using hooked = await hookedClaude(build.dist, { acceptsBypass: true });
  const terminal = await hooked.terminal(['--dangerously-skip-permissions']);
  runner(hooked);
  const id = await served(hooked, terminal);
  expect((await hooked.run(['notify', '--session-id', id, '--wait', '1'])).stdout).toContain('queued');
  expect(existsSync(layoutOf(hooked, id).signalTurns), 'no way was tried').toBe(false);
  expect(hooked.bodies(id)).toHaveLength(0);
  expect(terminal.screen()).not.toContain('agent-runner');
  await terminal.prompt('what is up');
  const bodies = await hooked.until('the request', () => hooked.bodies(id).length > 0 && hooked.bodies(id));
  expect(times(bodies[0], TOLD)).toBe(1);
  expect(bodies[0]).not.toContain(NUDGE_TEXT);
  await state(hooked, terminal, 'idle');
  const settings = JSON.parse(readFileSync(hooked.settings, 'utf8'));
  writeFileSync(hooked.settings, JSON.stringify({ ...settings, crossSessionInbound: 'accept' }, null, 2));
  writeFileSync(join(hooked.place.cwd, 'f'), '');
  const changed = ['--type', 'file_changed', '--path', join(hooked.place.cwd, 'f')];
  expect((await notify(hooked, id, ...changed)).stdout).toContain('confirmed');
  const woken = await hooked.until('its request', () => hooked.bodies(id).length > bodies.length && hooked.bodies(id));
  expect(woken.at(-1)).toContain(`file_changed \\"${join(hooked.place.cwd, 'f')}\\"`);
  expect(woken.at(-1)).toContain(NUDGE_TEXT);
});

test('keys are typed only where config.yaml allows them, into an empty box, when nothing else worked', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  await cutInbox(hooked, terminal);
  runner(hooked, 'signals: {keys: true}\n');
  const id = await served(hooked, terminal);
  rmSync(layoutOf(hooked, id).nudge);
  terminal.keys('mine');
  await hooked.until('the draft', () => terminal.screen().includes('mine'));
  expect((await hooked.run(['notify', '--session-id', id, '--wait', '1'])).stdout).toContain('queued');
  expect(terminal.screen()).toMatch(/❯\u00a0mine\s*$/m);
  expect(hooked.bodies(id)).toHaveLength(0);
  for (let each = 0; each < 4; each++) terminal.keys('BSpace');
  await hooked.until('an empty box', () => /❯\u00a0\s*$/m.test(terminal.screen()));
  writeFileSync(join(hooked.place.cwd, 'f'), '');
  const changed = ['--type', 'file_changed', '--path', join(hooked.place.cwd, 'f')];
  expect((await notify(hooked, id, ...changed)).stdout).toContain('confirmed');
  const bodies = await hooked.until('the request', () => hooked.bodies(id).length > 0 && hooked.bodies(id));
  expect(bodies[0]).toContain('A signal woke this session.');
});

test('nobody serves it: unavailable; an unknown one: no such session; over 50 turns: refused, and the operator is told', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  expect((await notify(hooked, peer.id)).code).toBe(69);
  expect((await notify(hooked, '00000000-0000-7000-8000-000000000000')).code).toBe(66);
  runner(hooked);
  const id = await served(hooked, terminal);
  const counted = { day: localDay(Date.now()), count: limits.sessionSignalTurnsPerDay };
  writeFileSync(layoutOf(hooked, id).signalTurns, JSON.stringify(counted));
  const refused = await notify(hooked, id);
  expect(refused).toMatchObject({ code: 77, stderr: expect.stringContaining('budget') });
  expect(await hooked.cli(['inbox'])).toContain('takes no more signals today');
  writeFileSync(layoutOf(hooked, id).signalTurns, JSON.stringify({ ...counted, day: '2020-01-01' }));
  writeFileSync(rootLayout(hooked.root).disableSignals, '');
  expect((await notify(hooked, id)).stderr).toContain('switched off');
  expect(hooked.bodies(id)).toHaveLength(0);
});

test('a session that is over is served no more; after /clear it is served under its new id', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  const serving = runner(hooked);
  const id = await served(hooked, terminal);
  await terminal.prompt('/clear');
  await hooked.until('another id', async () => (await terminal.session()).peer.id !== id);
  const next = await served(hooked, terminal);
  await hooked.until('the old socket to go', () => !existsSync(wakeLayout(hooked.root, id).socket));
  expect((await notify(hooked, next)).stdout).toContain('confirmed');
  await terminal.kill();
  process.kill(serving.pid, 'SIGTERM');
  await serving.ended;
  expect(existsSync(wakeLayout(hooked.root, next).token)).toBe(false);
});
