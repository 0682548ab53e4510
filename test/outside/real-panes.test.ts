// The real claude in a real tmux, brought to one state after the other: what we tell of each pane is what it does. With
// AGENT_RUNNER_CAPTURE_PANES=<directory> the screens become fixtures, at 60, 80 and 120 columns; else each is seen at one width.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPanes, lookAtPanes, type PaneView } from '#runner/panes/look.ts';
import { readScreen, type Screen } from '#runner/panes/screen.ts';
import { createTmux } from '#runner/panes/tmux.ts';
import { readTurn } from '#runner/panes/transcript.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal } from '#test/support/interactive-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { keysBack, SCENES, type Scene } from '#test/support/pane-scenes.ts';

const built = buildForFile();
const capturing = process.env.AGENT_RUNNER_CAPTURE_PANES;
const WIDTHS = [60, 80, 120];

type Expected = Omit<Scene, 'enter'>;

/** The pane as it is told now. */
async function look(hooked: Hooked, pane: string): Promise<PaneView | undefined> {
  const tmux = createTmux(hooked.tmuxSocket, hooked.place.env);
  const context = { env: hooked.place.env, peers: (await hooked.sessions()).map(({ peer }) => peer) };
  const found = (await listPanes(tmux, context))?.filter(each => each.pane.id === pane) ?? [];
  return (await lookAtPanes(tmux, found, context))[0];
}

/** Until it is told so; `columns`: and drawn at this width. */
async function told(hooked: Hooked, terminal: Terminal, { name, state, subtype, shows = /^/ }: Expected, columns = 0) {
  let last: PaneView | undefined;
  const isDrawn = (screen: string) => screen.split('\n').some(line => /^[─▔]/.test(line) && line.length === columns);
  const wanted = hooked.until(`${name}: ${state} ${subtype}`, async () => {
    last = await look(hooked, terminal.pane);
    if (last?.state !== state || last.subtype !== subtype || !shows.test(terminal.screen())) return null;
    return columns === 0 || isDrawn(terminal.screen()) ? last : null;
  });
  return wanted.catch(error => {
    const { open: _, peer: __, screen: ___, ...is } = last ?? ({} as PaneView);
    throw new Error(`${error}\n${JSON.stringify(is)}\n${terminal.screen()}`);
  });
}

async function see(hooked: Hooked, terminal: Terminal, expected: Expected, at: number): Promise<void> {
  for (const columns of capturing ? WIDTHS : [WIDTHS[at % WIDTHS.length]!]) {
    hooked.tmux('resize-window', '-t', terminal.pane, '-x', String(columns), '-y', '40');
    const view = await told(hooked, terminal, expected, columns);
    if (capturing) await keep(hooked, terminal, `${expected.name}-${columns}`, view);
  }
}

/** Writes a fixture, and its row for INDEX.tsv, with this machine's own words replaced by others of the same length. */
async function keep(hooked: Hooked, { pane }: Terminal, name: string, view: PaneView): Promise<void> {
  const { root } = hooked.place;
  // The same box or dialog again: another moment may have half a screen.
  const wordsOf = (screen: Screen) => JSON.stringify({ ...screen, working: null, text: '', line: '' });
  const screen = await hooked.until(name, () => {
    const now = hooked.tmux('capture-pane', '-e', '-p', '-t', pane);
    return wordsOf(readScreen(now)) === wordsOf(view.screen) && now;
  });
  writeFileSync(
    join(capturing!, `${name}.ansi`),
    screen.replaceAll(root, '/srv/lab/project-'.padEnd(root.length, '0')),
  );
  const { open, state, subtype } = view;
  const transcript = readTurn(view.transcript)?.turn;
  const facts = [open?.status, open?.waitingFor, transcript?.turn, transcript?.fault];
  appendFileSync(
    join(capturing!, 'INDEX.tsv'),
    `${[name, '2.1.332', state, subtype, ...facts].map(each => each ?? '-').join('\t')}\n`,
  );
}

/** Longer than what claude takes for a double Escape. */
const AGAIN_MS = 4_000;

/** Back to the empty box: a key each time that the state is another one, because two quick Escapes mean something else. */
async function leave(hooked: Hooked, terminal: Terminal, name: string): Promise<void> {
  let pressedIn = '';
  let pressedMs = 0;
  await hooked.until(`an empty box after ${name}`, async () => {
    const view = (await look(hooked, terminal.pane))!;
    if (view.state === 'idle') return true;
    const now = JSON.stringify([view.state, view.subtype, view.screen]);
    // A dialog ignores keys in its first moments (2.1.332): after a while the key is pressed again.
    const isDue = now !== pressedIn || performance.now() - pressedMs > AGAIN_MS;
    if (isDue && view.subtype !== 'disagree') {
      terminal.keys(...keysBack(view));
      pressedMs = performance.now();
    }
    pressedIn = now;
    return false;
  });
}

test('whatever the real claude does in its pane, all three sources tell it', { timeout: 600_000 }, async () => {
  await using hooked = await hookedClaude(built.dist, { maxRetries: 10 });
  // Its server does not end with the first pane.
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  const config = join(hooked.place.home, '.claude.json');
  const onboarded = JSON.parse(readFileSync(config, 'utf8'));
  writeFileSync(config, JSON.stringify({ ...onboarded, projects: {} }));
  const untrusted = await hooked.terminal([], undefined, /I trust this folder/);
  await see(hooked, untrusted, { name: 'trust', state: 'modal', subtype: 'trust' }, 1);
  hooked.tmux('kill-pane', '-t', untrusted.pane);
  writeFileSync(config, JSON.stringify(onboarded));
  const bold = await hooked.terminal(['--permission-mode', 'bypassPermissions'], undefined, /Yes, I accept/);
  await see(hooked, bold, { name: 'bypass', state: 'modal', subtype: 'bypass' }, 2);
  hooked.tmux('kill-pane', '-t', bold.pane);

  const terminal = await hooked.terminal(['--allowedTools', 'Bash(sleep:*)']);
  const { peer } = await terminal.session();
  for (const [at, scene] of SCENES.entries()) {
    await scene.enter(terminal);
    await see(hooked, terminal, scene, at);
    await leave(hooked, terminal, scene.name);
  }

  const is = (subtype: string) => told(hooked, terminal, { name: subtype, state: 'other', subtype });
  hooked.tmux('copy-mode', '-t', terminal.pane);
  await is('copy-mode');
  hooked.tmux('send-keys', '-t', terminal.pane, '-X', 'cancel');
  hooked.tmux('select-pane', '-d', '-t', terminal.pane);
  await is('input-off');
  hooked.tmux('select-pane', '-e', '-t', terminal.pane);
  process.kill(peer.process!.pid, 'SIGSTOP');
  await is('suspended');
  process.kill(peer.process!.pid, 'SIGKILL');
  await is('crashed');
  expect(await look(hooked, '%99')).toBeUndefined();
});

test('the commands tell of a real session what it does, what was said there, and when it is done', async () => {
  await using hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  const env = { AGENT_RUNNER_TMUX: hooked.tmuxSocket };
  const address = hooked.tmux('display-message', '-p', '-t', terminal.pane, '#S:#I.#P').trim();
  const json = async (...args: string[]) => {
    const value = JSON.parse(await hooked.cli([...args, '--json'], { env }));
    expect(jsonViolations(args[0]!, value)).toEqual([]);
    return value;
  };

  await terminal.prompt('hello @@SAY fine@@');
  await told(hooked, terminal, { name: 'answered', state: 'idle', subtype: null, shows: /● fine/ });
  const row = { kind: 'pane', address, state: 'idle', name: peer.name, session: peer.id, own: false };
  expect(await json('list')).toEqual(expect.arrayContaining([expect.objectContaining(row)]));
  expect(await hooked.cli(['list'], { env })).toMatch(new RegExp(`^${address} +idle +- +\\d+s +${peer.name}$`, 'm'));
  // Hooks know its server: none has to be named.
  expect(await json('status', peer.name)).toMatchObject({ kind: 'session', pane: { address, state: 'idle' } });
  expect(await json('peek', address, '2')).toMatchObject([{ role: 'user' }, { role: 'assistant', text: 'fine' }]);

  await terminal.prompt('slow @@DELAY 3000@@ @@SAY late@@');
  await told(hooked, terminal, { name: 'asked', state: 'busy', subtype: null });
  expect(await hooked.run(['wait', address, '--timeout', '0', '--socket', hooked.tmuxSocket])).toMatchObject({
    code: 75,
  });
  expect(await hooked.cli(['wait', peer.id.slice(0, 8)], { env })).toBe('DONE');
  expect(await hooked.cli(['peek', peer.name], { env })).toContain('late');

  let heard = '';
  hooked.start(['tail', peer.name, '-n', '1']).child.stdout.on('data', (piece: string) => {
    heard += piece;
  });
  await hooked.until('what was said last', () => heard.includes('late'));
  await terminal.prompt('@@TOOL Bash {"command":"touch x1","description":"d"}@@ @@SAY ok@@');
  await hooked.until('what is said now', () => heard.includes('touch x1'));
  await hooked.until('the dialog', () => terminal.screen().includes('Do you want'));
  expect(await json('wait', address)).toMatchObject({ result: 'MODAL', subtype: 'permission', session: peer.id });
  const gates = (await hooked.cli(['status', terminal.pane], { env })).split('\n');
  expect(gates.find(line => line.includes('press'))).toContain('open: claude asks for a permission');
  expect(gates.find(line => line.includes('send'))).toContain('closed: claude asks for a permission');
});
