// A session's own slash command: asked for in a tool call of the real claude, run in its pane once the turn has ended.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal } from '#test/support/interactive-claude.ts';

const built = buildForFile();
let hooked: Hooked;
let terminal: Terminal;
let session: string;
beforeAll(async () => {
  hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  terminal = await hooked.terminal(['--allowedTools', 'Bash']);
  session = (await terminal.session()).peer.id;
}, 60_000);
afterAll(() => hooked?.[Symbol.asyncDispose]());

const state = async () => JSON.parse(await hooked.cli(['status', session, '--json'])).pane;
const is = (wanted: string) =>
  hooked.until(`${wanted}\n${terminal.screen()}`, async () => (await state())?.state === wanted);
const calls = (command: string, more = '@@SAY done@@') =>
  terminal.prompt(`@@TOOL Bash ${JSON.stringify({ command, description: 'd' })}@@ ${more}`);
const newest = () => hooked.bodies(session).at(-1) ?? '';
const written = () =>
  readFileSync(rootLayout(hooked.root).paneLog, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

test('it runs when the turn has ended, one at a time, and the next turn is told; all else is refused with the way that works', {
  timeout: 120_000,
}, async () => {
  const { pane } = terminal;
  await calls(
    [
      "agent-runner self '/rename by itself'",
      'agent-runner self /compact',
      'agent-runner self /clear',
      'TMUX_PANE=%99 agent-runner self /context',
      `agent-runner cmd ${pane} /compact`,
      'true',
    ].join('; '),
    '@@CHUNK 300@@ @@SAY one two three four five six@@',
  );
  await hooked.until('the name', () => terminal.screen().includes('by itself ─'));
  const told = newest();
  expect(told).toContain('/rename by itself runs once this turn has ended');
  expect(told).toContain('a command waits for the end of this turn already');
  expect(told).toContain('and not /clear');
  expect(told).toContain('TMUX_PANE says %99');
  expect(told).toContain('cmd is refused in the own pane');
  expect(told).toContain('agent-runner self runs /compact, /context and /rename there');
  await hooked.until('its end', () => written().length === 2);
  expect(written()).toMatchObject([
    { verb: 'self', pane, session, gate: { state: 'idle', forced: false } },
    { verb: 'self', result: 'done' },
  ]);
  await is('idle');
  await terminal.prompt('and now? @@SAY well@@');
  await hooked.until('the next turn', () => newest().includes('and now?'));
  expect(newest()).toContain('/rename by itself, which you have queued with agent-runner self, was run');
});

test('it gives up where a person begins to type: the draft stays, and the next turn is told why', {
  timeout: 120_000,
}, async () => {
  await is('idle');
  await calls('agent-runner self /compact', '@@CHUNK 2000@@ @@SAY seven eight nine ten eleven@@');
  await hooked.until('the answer', () => terminal.screen().includes('● seven'));
  terminal.type('half a sentence');
  await hooked.until('the end of the turn', async () =>
    (await state()).sources.some(
      ({ source, says }: { source: string; says: string }) => source === 'registry' && says === 'idle',
    ),
  );
  expect(await state()).toMatchObject({ state: 'drafting' });
  expect(terminal.screen()).toContain('❯\u00a0half a sentence\n');
  expect(written()).toHaveLength(2);
  terminal.keys('C-u');
  await is('idle');
  await terminal.prompt('what came of it? @@SAY nothing@@');
  await hooked.until('the next turn', () => newest().includes('what came of it?'));
  expect(newest()).toContain('was not run: a text was being typed into the box');
  // Its waiter is gone, and the next one runs.
  await is('idle');
  await calls('agent-runner self /context');
  await hooked.until('its end', () => written().length === 4);
  expect(written().at(-1)).toMatchObject({ result: 'done' });
});
