// The plugin's mod in interactive sessions of the real claude in tmux: how it wakes one, what a person who stops a turn decides,
// when it lives and when not, and with what it ends.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { raiseCard, readCard } from '#blackboard/cards/cards.ts';
import { agentLayout, rootLayout, wakeLayout } from '#blackboard/layout.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { descendantsOf } from '#blackboard/system/descendants.ts';
import { commandLineOf, isAliveSync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
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
import { whyNot } from '#test/support/why-not.ts';

const build = buildForFile();
const plugin = () => ['--plugin-dir', join(build.dist, 'plugin')];
const TOLD = 'A signal came from outside';

/** A session with the plugin and nothing else of ours, whose mod lives, and a runner that serves it. */
async function modded(args: string[] = []) {
  const hooked = await hookedClaude(build.dist, { install: false, acceptsBypass: true });
  const terminal = await hooked.terminal([...plugin(), ...args]);
  const { peer } = await terminal.session();
  await serve(hooked, peer.id);
  await lives(hooked, peer.id);
  return { hooked, terminal, id: peer.id, pid: peer.process!.pid };
}

async function serve(hooked: Hooked, id: string) {
  writeFileSync(rootLayout(hooked.root).config, `claude: ${realClaudePath()}\n`);
  hooked.start(['start']);
  await hooked.until('its socket', () => existsSync(wakeLayout(hooked.root, id).token));
}

const lives = (hooked: Hooked, id: string) =>
  hooked.until('the mod’s heartbeat', () => {
    const { alive } = layoutOf(hooked, id).mod;
    const said = existsSync(alive) && JSON.parse(readFileSync(alive, 'utf8') || '{}');
    return said.session === id && said;
  });

let files = 0;
/** Another file each time: identical signals within ten seconds are one. */
function notify(hooked: Hooked, id: string, wait = '20') {
  const path = join(hooked.place.cwd, `f${++files}`);
  writeFileSync(path, '');
  return hooked.run(['notify', '--session-id', id, '--type', 'file_changed', '--path', path, '--wait', wait]);
}

const state = (hooked: Hooked, terminal: Terminal, word: string) =>
  hooked.until(`it to be ${word}`, async () => (await terminal.session()).state === word);

const rung = async (hooked: Hooked, id: string) => JSON.parse(await hooked.cli(['status', id, '--json'])).wake;

/** What the mod has noted of its submits. */
const submits = (hooked: Hooked, id: string) => {
  const { home } = layoutOf(hooked, id).mod;
  const names = readdirSync(home).filter(name => name.startsWith('submitted,'));
  return names.map(name => JSON.parse(readFileSync(join(home, name), 'utf8')).result as string);
};

test('a bypassPermissions session is woken, its draft stays, signals of a busy one become one turn; after Esc it is left alone', async () => {
  const { hooked, terminal, id } = await modded(['--dangerously-skip-permissions']);
  await using _ = hooked;
  const requests = () => hooked.bodies(id);
  expect((await rung(hooked, id)).rung).toBe('mod');
  terminal.keys('half a thought');
  await hooked.until('the draft', () => terminal.screen().includes('half a thought'));
  expect((await notify(hooked, id)).stdout).toContain('confirmed');
  const [first] = await hooked.until('the request', () => requests().length > 0 && requests());
  expect(times(first, TOLD)).toBe(1);
  expect(times(first, NUDGE_TEXT)).toBe(1);
  expect(first).toContain('The agent-runner plugin sent a message');
  await state(hooked, terminal, 'idle');
  expect(terminal.screen()).toMatch(/❯\u00a0half a thought/);
  await hooked.until('its record', () => submits(hooked, id).length === 1);
  expect(submits(hooked, id)).toEqual(['entered']);

  for (let each = 0; each < 14; each++) terminal.keys('BSpace');
  // A tool that runs until the test says so.
  const gate = join(hooked.place.root, 'gate');
  execFileSync('mkfifo', [gate]);
  const held = `@@TOOL Bash {"command":"cat ${gate}"}@@`;
  await terminal.prompt(held);
  await hooked.until('the tool to run', () => requests().length === 2);
  for (let each = 0; each < 3; each++) expect((await notify(hooked, id, '0')).code).toBe(0);
  writeFileSync(gate, '');
  await hooked.until('the tool’s end and one more turn', () => requests().length >= 4);
  await state(hooked, terminal, 'idle');
  expect(requests()).toHaveLength(4);
  expect(times(requests().at(-1), TOLD), 'one turn, told of all three').toBe(2);
  expect(submits(hooked, id)).toEqual(['entered', 'entered']);

  await terminal.prompt(held);
  await hooked.until('the tool to run', () => requests().length === 5);
  terminal.keys('Escape');
  await state(hooked, terminal, 'idle');
  expect((await notify(hooked, id, '1')).stdout).toContain('queued');
  await hooked.until('that it was stopped', () => existsSync(layoutOf(hooked, id).mod.stopped));
  expect(await rung(hooked, id)).toEqual({ rung: 'prompt', why: expect.stringContaining('stopped it') });
  expect((await notify(hooked, id, '3')).stdout, 'no other way is tried').toContain('queued');
  expect(requests()).toHaveLength(5);
  await terminal.prompt('and now');
  await hooked.until('their prompt', () => requests().length === 6);
  expect(times(requests().at(-1), TOLD), 'it tells both').toBe(3);
  expect(existsSync(layoutOf(hooked, id).mod.stopped)).toBe(false);
  await state(hooked, terminal, 'idle');
  expect((await notify(hooked, id)).stdout).toContain('confirmed');
});

test('the mod goes along with /clear, is alone after a reload, and its child ends with a claude that is killed', async () => {
  const { hooked, terminal, id, pid } = await modded();
  await using _ = hooked;
  const [before, ...others] = await watchersOf(pid);
  expect(others).toEqual([]);
  await terminal.prompt('/clear');
  await hooked.until('another id', async () => (await terminal.session()).peer.id !== id);
  const next = (await terminal.session()).peer.id;
  expect(await lives(hooked, next)).toMatchObject({ session: next, pid });
  const path = join(build.dist, 'plugin', 'hooks', 'register.js');
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
  const after = await hooked.until('another child, alone', async () => {
    const [first, ...more] = await watchersOf(pid);
    return more.length === 0 && first && first.pid !== before!.pid && first;
  });
  expect((await notify(hooked, next)).stdout).toContain('confirmed');
  await hooked.until('its record', () => submits(hooked, next).includes('entered'));
  await state(hooked, terminal, 'idle');
  await terminal.prompt('/fleet');
  await hooked.until('the pane', () => terminal.screen().includes('agents and sessions'));
  await terminal.kill();
  await hooked.until('its child to be gone', () => !isAliveSync(after));
});

/** A card of the agent `worker`, which waits for a person. */
async function cardOf(hooked: Hooked, command: string) {
  const at = Date.now();
  const asked = {
    kind: 'permission',
    peer: 'worker',
    life: await lifeOf(hooked),
    turn: 1,
    message: null,
    tool: 'Bash',
  } as const;
  const times = { at: new Date(at).toISOString(), untilAt: new Date(at + 600_000).toISOString() };
  const more = { reason: null, rules: [], questions: [], arguments: { command }, ...times };
  return (await raiseCard(createRunnerFiles(), hooked.root, { ...asked, ...more })).card;
}
const lifeOf = (hooked: Hooked) => lifeAt(createRunnerFiles(), agentLayout(hooked.root, 'worker').home);
const endOf = async (hooked: Hooked, id: string) =>
  (await readCard(createRunnerFiles(), hooked.root, id, Date.now()))!.end;

test('a person allows a call by the pane’s button; no command of the session’s tools can, whatever it writes and whatever it sets', async () => {
  const { hooked, terminal, id } = await modded(['--dangerously-skip-permissions']);
  await using _ = hooked;
  await hooked.cli(['add', 'worker', '--cwd', hooked.place.cwd]);
  const card = await cardOf(hooked, 'make it');
  const shows = (words: string) =>
    hooked.until(`${words}\n${terminal.screen()}`, () => terminal.screen().includes(words));
  await shows('agent-runner: 1 card');
  terminal.keys('half a thought');
  await shows('half a thought');
  await goTo(hooked, terminal, 'band');
  terminal.keys('Enter');
  await shows('{"command":"make it"}');
  await goTo(hooked, terminal, 'pane');
  terminal.keys('Tab');
  await hooked.until('the button', () => hasKeyboard(terminal, 'Allow'));
  terminal.keys('Enter');
  await hooked.until('its end', async () => {
    // The cards have to stand still for a second first.
    if (terminal.screen().includes('press again')) terminal.keys('Enter');
    return endOf(hooked, card.id);
  });
  expect(await endOf(hooked, card.id)).toMatchObject({ kind: 'allowed', by: 'operator', always: false });
  await shows('allowed: worker');
  expect(terminal.screen()).toContain('half a thought');
  expect(hooked.bodies(id)).toEqual([]);

  const other = await cardOf(hooked, 'make more');
  await goTo(hooked, terminal, 'prompt');
  for (let each = 0; each < 14; each++) terminal.keys('BSpace');
  // The word of a record of its own; the command with and without a shell above it.
  const word = 'f'.repeat(64);
  const { words } = layoutOf(hooked, id).mod;
  const record = { card: other.id, verb: 'approve', untilMs: Date.now() + 50_000 };
  writeFileSync(join(words, createHash('sha256').update(word).digest('hex')), JSON.stringify(record));
  const stdin = join(hooked.place.cwd, 'word');
  writeFileSync(stdin, word);
  const approve = `env -i HOME=$HOME PATH=$PATH ${process.execPath} ${join(build.dist, 'cli.js')} approve ${other.id} --pressed < ${stdin}`;
  await terminal.prompt(`@@TOOL Bash ${JSON.stringify({ command: `${approve}; exec ${approve}` })}@@`);
  for (const why of [
    'no claude of a session has started this command itself',
    'it does not run on the terminal of its session',
  ])
    await hooked.until(`${why}\n${terminal.screen()}`, () => hooked.bodies(id).some(body => body.includes(why)));
  expect(await endOf(hooked, other.id)).toBeNull();
});

const coloured = (terminal: Terminal) => terminal.screen('-e').replaceAll('\u001b', '');
const hasKeyboard = (terminal: Terminal, label: string) =>
  new RegExp(`;7m(?:\\[[\\d;]*m)*\\[ ${label} \\]`).test(coloured(terminal));

/** Which of band, pane and prompt has the keyboard: its button is drawn inverted, its edge in colour. */
function focus(terminal: Terminal): 'band' | 'pane' | 'prompt' {
  if (hasKeyboard(terminal, 'show')) return 'band';
  return /38;5;153m(?:\[[\d;]*m)*│/.test(coloured(terminal)) ? 'pane' : 'prompt';
}

/** Goes there with the keyboard, from wherever it is. */
async function goTo(hooked: Hooked, terminal: Terminal, place: ReturnType<typeof focus>) {
  for (let now = focus(terminal); now !== place; now = focus(terminal)) {
    terminal.keys('C-x', 'Tab');
    await hooked.until(`the keyboard to leave the ${now}`, () => focus(terminal) !== now);
  }
}

/** The children of mods below that claude. */
async function watchersOf(pid: number) {
  const below = await descendantsOf(pid);
  const lines = await Promise.all(below.map(each => commandLineOf(each.pid)));
  return below.filter((_, at) => lines[at]?.some(word => word.endsWith('watch.cjs')));
}

test('a session without a person has no mod', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  expect((await hooked.headless('hi', plugin())).code).toBe(0);
  const made = readdirSync(rootLayout(hooked.root).sessions, { recursive: true }).map(String);
  expect(
    made.some(path => path.endsWith('/cursor')),
    'its hooks ran',
  ).toBe(true);
  expect(made.filter(path => path.endsWith('/mod'))).toEqual([]);
});

const unable = whyNot('unshare', '--mount');

test.skipIf(unable)(
  'where the administrator refuses mods everything goes on, and the inbox wakes the session',
  async () => {
    await using hooked = await hookedClaude(build.dist, { install: false });
    const { peer } = await (await hooked.terminal(plugin(), managed(hooked))).session();
    await serve(hooked, peer.id);
    expect((await notify(hooked, peer.id)).stdout).toContain('confirmed');
    const body = await hooked.until('the request', () => hooked.bodies(peer.id)[0]);
    expect(times(body, NUDGE_TEXT)).toBe(1);
    expect(body).not.toContain('plugin sent a message');
    expect(await rung(hooked, peer.id)).toEqual({ rung: 'socket', why: expect.stringContaining('no mod of ours') });
    expect(existsSync(layoutOf(hooked, peer.id).mod.home)).toBe(false);
  },
);

/** A claude on a machine whose administrator allows no mods but their own: it alone sees such an /etc. */
function managed(hooked: Hooked): string {
  const etc = join(hooked.place.root, 'etc');
  execFileSync('cp', ['-a', '/etc', etc]);
  mkdirSync(join(etc, 'claude-code'), { recursive: true });
  const pluginConfigs = { 'cc-plugin-sec-default@builtin': { options: { allowManagedModsOnly: true } } };
  writeFileSync(join(etc, 'claude-code', 'managed-settings.json'), JSON.stringify({ pluginConfigs }));
  const path = join(hooked.place.root, 'managed-claude');
  const script = `mount --bind ${etc} /etc && exec ${realClaudePath()} "$@"`;
  writeFileSync(path, `#!/bin/sh\nexec unshare --mount sh -c '${script}' sh "$@"\n`, { mode: 0o755 });
  return path;
}
