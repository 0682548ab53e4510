// Interactive sessions that people open in tmux, begin from another one, and end: the real claude, and a tmux server of our own.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { isAliveSync, selfIdentity } from '#blackboard/system/process-identity.ts';
import { buildForFile, type Hooked, hookedClaude } from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type Person, person } from '#test/support/person.ts';

const built = buildForFile();
let hooked: Hooked;
let operator: Person;
beforeAll(async () => {
  hooked = await hookedClaude(built.dist);
  writeFileSync(join(hooked.root, 'config.yaml'), `claude: ${realClaudePath()}\n`);
  // Its server has the surroundings of the tests, as a user's has those of their shell.
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  for (const [name, value] of Object.entries(hooked.place.env)) hooked.tmux('set-environment', '-g', name, value);
  operator = person(hooked.root, hooked.place.env);
}, 60_000);
afterAll(async () => {
  operator?.[Symbol.dispose]();
  await hooked?.[Symbol.asyncDispose]();
});

const types = (...args: string[]) => operator.types(args[0]!, '--socket', hooked.tmuxSocket, ...args.slice(1));
const panes = () => hooked.tmux('list-panes', '-a', '-F', '#{pane_id} #{session_name}').trim().split('\n');
async function works(verb: string, ...args: string[]) {
  const end = await types(verb, '--json', ...args);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const value = JSON.parse(end.stdout);
  expect(jsonViolations(verb, value)).toEqual([]);
  return value;
}
const isThere = (pid: number) => isAliveSync({ ...selfIdentity(), pid, startTime: startOf(pid) });
const startOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[19]!;
  } catch {
    return '';
  }
};

test('a session is opened with its prompt, another one begins from it, and both are ended', {
  timeout: 180_000,
}, async () => {
  const { cwd } = hooked.place;
  const made = await works(
    'spawn',
    'worker',
    '--cwd',
    cwd,
    '--prompt',
    '/clear; @@SAY first answer@@',
    '--',
    '--permission-mode',
    'manual',
  );
  expect(made).toMatchObject({ name: 'worker', cwd, prompt: 'sent', address: 'worker:0.0' });
  const session = await hooked.until('its registration', async () =>
    (await hooked.sessions()).find(({ peer }) => peer.id === made.session),
  );
  // One name for tmux, for claude and for us; the id is claude's own.
  expect(session.peer).toMatchObject({ name: 'worker', tmux: { pane: made.pane } });
  await works('wait', 'worker');
  expect(hooked.bodies(made.session).at(-1)).toContain('[agent-runner] /clear; @@SAY');
  expect(await types('spawn', 'worker', '--cwd', cwd)).toMatchObject({ code: 64 });

  const transcript = readFileSync(session.peer.transcript!);
  const forked = await works('fork', 'worker', '--prompt', 'and now? @@SAY second answer@@');
  expect(forked).toMatchObject({ name: 'worker-fork', from: made.session, prompt: 'sent', cwd });
  expect(forked.session).not.toBe(made.session);
  await works('wait', 'worker-fork');
  expect(hooked.bodies(forked.session).at(-1)).toContain('first answer');
  expect(readFileSync(session.peer.transcript!).equals(transcript)).toBe(true);

  // A draft is never destroyed, a running turn only with --force, and what is somebody else's only with --confirm.
  hooked.tmux('send-keys', '-t', forked.pane, '-l', 'half a sentence');
  await hooked.until('the draft', async () => (await works('status', 'worker-fork')).pane?.state === 'drafting');
  for (const more of [[], ['--force']]) expect(await types('kill', 'worker-fork', ...more)).toMatchObject({ code: 75 });
  hooked.tmux('send-keys', '-t', forked.pane, 'C-u');
  await hooked.until('no draft', async () => (await works('status', 'worker-fork')).pane?.state === 'idle');
  const killed = await works('kill', 'worker-fork');
  expect(killed).toMatchObject({ session: forked.session, pid: forked.pid, before: { state: 'idle' } });
  expect(isThere(forked.pid)).toBe(false);
  await hooked.until('its window to be gone', () => !panes().some(each => each.startsWith(`${forked.pane} `)));

  expect(
    await types('send', 'worker', 'slow @@CHUNK 3000@@ @@SAY one two three four five@@', '--via', 'tmux'),
  ).toMatchObject({ code: 0 });
  await hooked.until('its turn', async () => (await works('status', 'worker')).pane?.state === 'busy');
  expect(await types('kill', 'worker')).toMatchObject({ code: 75, stderr: expect.stringContaining('--force') });
  expect(await works('kill', 'worker', '--force')).toMatchObject({ pid: made.pid });
  expect(isThere(made.pid)).toBe(false);
  const logged = readFileSync(rootLayout(hooked.root).paneLog, 'utf8');
  expect(logged.match(/"verb":"kill"/g)!.length).toBeGreaterThan(1);

  const again = await works('spawn', 'later', '--cwd', cwd, '--resume', made.session);
  expect(again).toMatchObject({ session: made.session, prompt: null });
});

test('the question whether a directory is trusted is answered only for who says so', { timeout: 120_000 }, async () => {
  // tmux would run it, and take it for the end of a command.
  const odd = join(hooked.place.root, '-R #(touch ran) #{session_name};');
  mkdirSync(odd);
  const asked = await works('spawn', 'asked', '--cwd', odd);
  expect(asked).toMatchObject({ state: 'modal', subtype: 'trust', session: null, cwd: odd });
  expect(await types('kill', 'asked')).toMatchObject({ code: 66 });
  expect(await types('kill', asked.pane)).toMatchObject({ code: 75 });
  await hooked.until(
    'the dialog to take its key',
    async () =>
      (await types('press', asked.pane, 'esc')).code === 0 || !panes().some(each => each.startsWith(asked.pane)),
  );
  await hooked.until('the pane to be gone', () => !panes().some(each => each.startsWith(`${asked.pane} `)));
  const trusted = await works('spawn', 'asked', '--cwd', odd, '--trust');
  expect(trusted).toMatchObject({ state: 'idle', cwd: odd });
  expect(hooked.tmux('display-message', '-p', '-t', trusted.pane, '#{pane_current_path}').trim()).toBe(odd);
  expect(readdirSync(hooked.place.root)).not.toContain('ran');
  // One that is in no window of ours.
  const other = await hooked.terminal();
  const { peer } = await other.session();
  expect(await types('kill', peer.id)).toMatchObject({ code: 77, stderr: expect.stringContaining('--confirm') });
  expect(await works('kill', peer.id, '--confirm')).toMatchObject({ session: peer.id });
  const bad = await types('spawn', 'bad', '--cwd', hooked.place.cwd, '--', '--no-such-option');
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown option') });
  expect(panes().some(each => each.endsWith(' bad'))).toBe(false);
});
