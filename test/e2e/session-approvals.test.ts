// What a session asks its person, with the real claude in a terminal and `hooks install --approvals`: a card beside the dialog, and
// the first answer decides, from wherever it comes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Card } from '#blackboard/cards/card.ts';
import { cardPaths } from '#blackboard/layout.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal } from '#test/support/interactive-claude.ts';
import { person } from '#test/support/person.ts';

const build = buildForFile();
const TOUCH = '@@TOOL Bash {"command":"touch made"}@@ @@SAY it went on@@';

const hasDialog = (terminal: Terminal) => terminal.screen().includes('Do you want to proceed?');
const isMade = (hooked: Hooked) => existsSync(join(hooked.place.cwd, 'made'));
/** Pressed until the dialog takes it: in its first moments it takes none (CLI 2.1.332, also without a hook). */
const press = (hooked: Hooked, terminal: Terminal, key: string) =>
  hooked.until(`the dialog to take ${key}`, () => {
    if (hasDialog(terminal)) terminal.keys(key);
    return !hasDialog(terminal);
  });
const says = (hooked: Hooked, terminal: Terminal, words: string) =>
  hooked.until(words, () => terminal.screen().includes(words));
const approvals = async (hooked: Hooked): Promise<Card[]> => JSON.parse(await hooked.cli(['approvals', '--json']));

/** A session that waits in its dialog, and its card. */
async function asking(hooked: Hooked): Promise<{ terminal: Terminal; card: Card }> {
  await hooked.cli(['hooks', 'install', '--approvals']);
  const terminal = await hooked.terminal();
  await terminal.session();
  await terminal.prompt(TOUCH);
  const card = await hooked.until('a card', async () => (await approvals(hooked))[0]);
  await hooked.until('the dialog', () => hasDialog(terminal));
  return { terminal, card };
}
const endOf = (hooked: Hooked, { id }: Card) =>
  hooked.until('the end of the card', () => {
    const { end } = cardPaths(hooked.root, id);
    return existsSync(end) && JSON.parse(readFileSync(end, 'utf8'));
  });

test.each([
  ['approve', [], true],
  ['deny', ['--reason', 'NOT-HERE'], false],
])('%s: the card decides, and the dialog closes', async (verb, more, runs) => {
  await using hooked = await hookedClaude(build.dist);
  using operator = person(hooked.root, hooked.place.env);
  const { terminal, card } = await asking(hooked);
  expect(card).toMatchObject({ kind: 'permission', peer: 'work', tool: 'Bash', rules: [] });
  expect(card.session).toBe((await terminal.session()).peer.id);
  expect(JSON.parse(card.input)).toMatchObject({ command: 'touch made' });
  expect(await operator.types(verb, card.id.slice(-8), ...more)).toMatchObject({ code: 0 });
  await says(hooked, terminal, '● it went on');
  expect(isMade(hooked)).toBe(runs);
  expect(hooked.bodies(card.session!).at(-1)!.includes('NOT-HERE')).toBe(!runs);
  expect(await approvals(hooked)).toEqual([]);
});

test.each([
  ['1', true],
  ['Escape', false],
])('%s in the dialog decides while the card waits, and the card is withdrawn', async (key, runs) => {
  await using hooked = await hookedClaude(build.dist);
  using operator = person(hooked.root, hooked.place.env);
  const { terminal, card } = await asking(hooked);
  await press(hooked, terminal, key);
  if (runs) await says(hooked, terminal, '● it went on');
  expect(await endOf(hooked, card)).toMatchObject({ kind: 'withdrawn' });
  expect(isMade(hooked)).toBe(runs);
  expect(await operator.types('approve', card.id)).toMatchObject({ code: 1 });
  expect(await approvals(hooked)).toEqual([]);
});

test('a hook that says nothing in its time, and one that has none left, leave the dialog as it is, which still takes the answer', async () => {
  for (const command of ['cat >/dev/null', 'cat >/dev/null; sleep 60 & wait']) {
    await using hooked = await hookedClaude(build.dist, { install: false });
    const ended = join(hooked.place.root, 'ended');
    const hook = { type: 'command', command: `trap 'touch ${ended}; exit' EXIT TERM; ${command}`, timeout: 1 };
    mkdirSync(dirname(hooked.settings), { recursive: true });
    writeFileSync(hooked.settings, JSON.stringify({ hooks: { PermissionRequest: [{ hooks: [hook] }] } }));
    const terminal = await hooked.terminal();
    await terminal.prompt(TOUCH);
    await hooked.until('the end of the hook', () => existsSync(ended));
    await hooked.until('the dialog', () => hasDialog(terminal));
    await press(hooked, terminal, '1');
    await says(hooked, terminal, '● it went on');
    expect(isMade(hooked)).toBe(true);
  }
});

test('without --approvals a dialog is no card', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  await terminal.prompt(TOUCH);
  await hooked.until('the dialog', () => hasDialog(terminal));
  expect(await approvals(hooked)).toEqual([]);
  expect(readFileSync(hooked.settings, 'utf8')).not.toContain('PermissionRequest');
});
