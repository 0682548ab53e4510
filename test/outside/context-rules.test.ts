// What a rule about full conversations does to the real claude in a real tmux: nothing over a draft, then once, whatever runner looks.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal, times } from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';

const built = buildForFile();
let hooked: Hooked;
let terminal: Terminal;
beforeAll(async () => {
  hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  terminal = await hooked.terminal();
}, 60_000);
afterAll(() => hooked?.[Symbol.asyncDispose]());

const WHEN = 'when: context > 0.000001 and idle';
const COMPACT = `{${WHEN}, do: /compact}`;

/** A runner with these rules; it ends with what is returned. */
function runs(...rules: string[]) {
  writeFileSync(join(hooked.root, 'config.yaml'), `claude: ${realClaudePath()}\ncontextRules: [${rules.join(', ')}]\n`);
  const { child, ended } = hooked.start(['start']);
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

const log = () => rootLayout(hooked.root).paneLog;
const verbs = () =>
  readFileSync(log(), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .flatMap(({ verb, result, gate }) => (gate ? [verb] : [result]));
const isNoted = (count: number) =>
  hooked.until(`note ${count}`, async () => times(await hooked.cli(['inbox']), 'The conversation of') === count);
const is = (state: string) =>
  hooked.until(`${state}\n${terminal.screen()}`, async () => {
    const { stdout } = await hooked.run(['status', terminal.pane, '--json', '--socket', hooked.tmuxSocket]);
    return JSON.parse(stdout || '{}').pane?.state === state;
  });

test('/compact waits for a draft to go, is typed once, and no other runner types it again', {
  timeout: 150_000,
}, async () => {
  await terminal.prompt('a story @@SAY once upon a time@@');
  await hooked.until('the answer', () => terminal.screen().includes('● once upon'));
  await is('idle');
  terminal.type('my draft');
  await is('drafting');
  // The rule behind it needs no pane: its note says that this one was looked at.
  const end = runs(COMPACT, `{${WHEN}, do: notify}`);
  await isNoted(1);
  expect(terminal.screen()).toContain('❯\u00a0my draft');
  expect(existsSync(log())).toBe(false);
  terminal.keys('C-u');
  const { peer } = await terminal.session();
  const transcript = () => readFileSync(peer.transcript!, 'utf8');
  await hooked.until('the summary', () => transcript().includes('compact_boundary'));
  await is('idle');
  await end();
  const again = WHEN.replace('01 ', '02 ');
  const endOther = runs(COMPACT, `{${WHEN}, do: {send: write down what is left}}`, `{${again}, do: notify}`);
  await terminal.prompt('and then? @@SAY the end@@');
  await isNoted(2);
  await endOther();
  expect(verbs()).toEqual(['cmd by a rule', 'done', 'send by a rule', 'done']);
  expect(times(transcript(), '"subtype":"compact_boundary"')).toBe(1);
  expect(hooked.bodies(peer.id).at(-1)).toContain('[agent-runner] write down what is left');
});
