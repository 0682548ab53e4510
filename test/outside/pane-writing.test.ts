// What a person types into the pane of the real claude through our commands: proven, or refused with nothing pressed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal, times } from '#test/support/interactive-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type Person, person } from '#test/support/person.ts';

const built = buildForFile();
let hooked: Hooked;
let operator: Person;
let terminal: Terminal;
let session: string;
beforeAll(async () => {
  hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  operator = person(hooked.root, hooked.place.env);
  terminal = await hooked.terminal();
  session = (await terminal.session()).peer.id;
}, 60_000);
afterAll(async () => {
  operator?.[Symbol.dispose]();
  await hooked?.[Symbol.asyncDispose]();
});

const types = (...args: string[]) => operator.types(...args, '--socket', hooked.tmuxSocket);
const sends = (text: string, ...more: string[]) => types('send', terminal.pane, text, '--via', 'tmux', ...more);
const state = async () => JSON.parse(await hooked.cli(['status', session, '--json'])).pane;
const is = (wanted: string, subtype: string | null = null) =>
  hooked
    .until(`${wanted} ${subtype}`, async () => {
      const now = await state();
      return now?.state === wanted && now.subtype === subtype;
    })
    .catch(error => {
      throw new Error(`${error}\n${terminal.screen()}`);
    });
const requests = () => hooked.bodies(session).at(-1) ?? '';
const shaped = (verb: string, stdout: string) => {
  const value = JSON.parse(stdout);
  expect(jsonViolations(verb, value)).toEqual([]);
  return value;
};

test('a text is typed, sent and proven, and what would run there is text', { timeout: 120_000 }, async () => {
  for (const text of [
    '!touch ran.txt',
    '/clear',
    'two\nlines of `it`',
    'ends with \\',
    `long ${'word '.repeat(100)}@x`,
  ]) {
    await is('idle');
    const end = await sends(text, '--json');
    expect(end, terminal.screen()).toMatchObject({ code: 0 });
    expect(shaped('send', end.stdout)).toMatchObject({ session, delivery: 'sent', text: `[agent-runner] ${text}` });
    expect(requests()).toContain(JSON.stringify(`[agent-runner] ${text}`).slice(1, -1));
  }
  expect(existsSync(join(hooked.place.cwd, 'ran.txt'))).toBe(false);
  const logged = readFileSync(rootLayout(hooked.root).paneLog, 'utf8');
  expect(logged).not.toContain('two\\nlines');
  expect(logged.trim().split('\n')).toHaveLength(10);
});

test('a draft is never touched, with --force neither', { timeout: 60_000 }, async () => {
  await is('idle');
  terminal.type('half a sentence');
  await is('drafting');
  for (const args of [[], ['--force']])
    expect(await sends('mine', ...args)).toMatchObject({ code: 75, stderr: expect.stringContaining('not sent') });
  expect(await types('esc', terminal.pane, '--force')).toMatchObject({ code: 75 });
  expect(terminal.screen()).toContain('❯\u00a0half a sentence\n');
  terminal.keys('C-u');
  await is('idle');
});

test('with --stash a draft is put aside for a text or a command, and is back as it was', {
  timeout: 120_000,
}, async () => {
  await is('idle');
  const box = () =>
    terminal
      .screen()
      .split(/^─{20,}.*$/m)
      .at(-2);
  terminal.type('half  a sentence');
  terminal.keys('C-j');
  terminal.type('  and more of it');
  await is('drafting');
  const before = box();
  const sent = await sends('put in between @@SAY fine@@', '--stash', '--json');
  expect(sent, sent.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(sent.stdout)).toMatchObject({
    delivery: 'sent',
    text: '[agent-runner] put in between @@SAY fine@@',
  });
  expect(box()).toBe(before);
  await is('drafting');
  const asked = await types('ask', terminal.pane, 'which? @@SAY that one@@', '--via', 'tmux', '--stash');
  expect(asked, asked.stderr).toMatchObject({ code: 0, stdout: 'that one\n' });
  const named = await types('cmd', terminal.pane, '/rename stashed-by-us', '--stash');
  expect(named, named.stderr).toMatchObject({ code: 0 });
  expect(box()).toBe(before);
  expect(await types('cmd', terminal.pane, '/clear', '--confirm', '--stash')).toMatchObject({ code: 64 });
  // It comes back once the dialog is closed: nobody has seen it yet.
  const opened = await types('cmd', terminal.pane, '/model', '--stash');
  expect(opened).toMatchObject({
    code: 75,
    stderr: expect.stringMatching(/not seen to be back[\s\S]*half {2}a sentence/),
  });
  await hooked.until('the menu to be closed', async () => (await types('press', terminal.pane, 'esc')).code === 0);
  await is('drafting');
  expect(box()).toBe(before);
  // Over another stash it would be lost.
  terminal.keys('C-s');
  await is('idle');
  terminal.type('a second draft');
  await is('drafting');
  expect(await sends('x', '--stash')).toMatchObject({ code: 75, stderr: expect.stringContaining('would be lost') });
  terminal.keys('C-u');
  await is('idle');
  terminal.keys('C-s');
  await is('drafting');
  expect(box()).toBe(before);
  terminal.keys('C-u', 'BSpace', 'C-u');
  await is('idle');
  // What runs as a command of the shell, and what only its name is seen of, stay where they are.
  for (const [draft, subtype] of [
    ['!', 'shell'],
    [`${'pasted '.repeat(150)}`, 'pasted'],
  ] as const) {
    terminal.type(draft);
    await is('drafting', subtype);
    expect(await sends('x', '--stash')).toMatchObject({ code: 75, stderr: expect.stringContaining('not put aside') });
    await is('drafting', subtype);
    terminal.keys('C-u', 'BSpace');
    await is('idle');
  }
});

test('a text too long for the box goes ahead, and the line names it', { timeout: 60_000 }, async () => {
  await is('idle');
  const long = `${'a word of many '.repeat(220)}the last words`;
  const end = await sends(long, '--json');
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const { text, carried } = shaped('send', end.stdout);
  expect(carried).toMatchObject({ as: 'message' });
  expect(text).toContain(carried.name);
  // The hook shows its beginning beside the prompt that names it.
  const [shown] = await hooked.until('the request', () => requests().includes(carried.name) && [requests()]);
  expect(shown).toContain('a word of many a word of many');
  expect(await hooked.cli(['read', carried.name])).toContain('the last words');
  expect(shown).not.toContain('pasted_content');
});

test('of two that send at once each is proven or refused, and none is lost', { timeout: 60_000 }, async () => {
  const texts = ['first @@SAY a@@', 'second @@SAY b@@'];
  const ends = await Promise.all(texts.map(text => sends(text)));
  await is('idle');
  expect(ends.some(({ code }) => code === 0)).toBe(true);
  for (const [at, { code, stderr }] of ends.entries()) {
    expect([0, 75], stderr).toContain(code);
    expect(times(requests(), `[agent-runner] ${texts[at]}`)).toBe(code === 0 ? 1 : 0);
  }
});

test('esc interrupts a turn; a text for a busy session waits only with --force', { timeout: 60_000 }, async () => {
  await terminal.prompt('slow @@CHUNK 3000@@ @@SAY one two three four five six seven eight nine ten@@');
  await is('busy');
  expect(await sends('no')).toMatchObject({ code: 75, stderr: expect.stringContaining('--force') });
  const queued = await sends('for later', '--force', '--json');
  expect(queued, queued.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(queued.stdout)).toMatchObject({ delivery: 'queued' });
  const end = await types('esc', terminal.pane, '--json');
  expect(end, end.stderr).toMatchObject({ code: 0 });
  expect(shaped('esc', end.stdout)).toMatchObject({ key: 'esc', before: { state: 'busy' }, session });
  await hooked.until('the queued text to be out of the way', async () => {
    const now = await state();
    if (now.state === 'drafting') terminal.keys('C-u');
    return now.state === 'idle';
  });
});

test('press answers a dialog, and nothing else is typed there', { timeout: 60_000 }, async () => {
  expect(await types('press', terminal.pane, '1')).toMatchObject({ code: 75 });
  await terminal.prompt('@@TOOL Bash {"command":"touch allowed.txt","description":"d"}@@ @@SAY ok@@');
  await is('modal', 'permission');
  for (const args of [[], ['--force']]) expect(await sends('1', ...args)).toMatchObject({ code: 75 });
  expect(await types('press', terminal.pane, 'C-c')).toMatchObject({ code: 64 });
  expect(existsSync(join(hooked.place.cwd, 'allowed.txt'))).toBe(false);
  // A dialog ignores keys in its first moments (2.1.332), and press says so.
  await hooked.until('the cursor to move', async () => (await types('press', terminal.pane, 'down')).code === 0);
  await is('modal', 'permission');
  const end = await types('press', terminal.pane, '1', '--json');
  expect(end, end.stderr).toMatchObject({ code: 0 });
  expect(shaped('press', end.stdout)).toMatchObject({ before: { state: 'modal', subtype: 'permission' } });
  await is('idle');
  expect(existsSync(join(hooked.place.cwd, 'allowed.txt'))).toBe(true);
});

test('ask prints what that turn answered, and says why where none did', { timeout: 60_000 }, async () => {
  await is('idle');
  const asks = (text: string, ...more: string[]) => types('ask', terminal.pane, text, '--via', 'tmux', ...more);
  const end = await asks('which? @@SAY the second@@', '--json');
  expect(end, end.stderr).toMatchObject({ code: 0 });
  expect(shaped('ask', end.stdout)).toMatchObject({ session, answer: 'the second' });
  await is('idle');
  const third = await asks('and then? @@SAY the third@@');
  expect(third, third.stderr).toMatchObject({ code: 0, stdout: 'the third\n' });
  await is('idle');
  expect(await asks('@@TOOL Bash {"command":"touch asked.txt","description":"d"}@@ @@SAY ok@@')).toMatchObject({
    ...{ code: 75, stderr: expect.stringContaining('stands at a dialog (permission)') },
  });
  expect(await types('press', terminal.pane, 'esc')).toMatchObject({ code: 0 });
  await is('idle', 'interrupted');
  expect(await asks('@@ERROR 400 99@@')).toMatchObject({ code: 1, stderr: expect.stringContaining('(error)') });
  // The next prompt of a person ends that state.
  expect(await asks('x')).toMatchObject({ code: 75, stderr: expect.stringContaining('--force') });
  expect(await asks('well? @@SAY well@@', '--force')).toMatchObject({ code: 0, stdout: 'well\n' });
});

test('cmd runs a slash command, and one that ends the conversation only with --confirm', {
  timeout: 120_000,
}, async () => {
  await is('idle');
  const runs = async (...args: string[]) => {
    const end = await types('cmd', terminal.pane, ...args, '--json');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    return shaped('cmd', end.stdout);
  };
  expect(await runs('/rename its-name')).toMatchObject({ tier: 'green', delivery: 'sent', session });
  await hooked.until('its new name', () => terminal.screen().includes('its-name ─'));
  expect(await runs('/compact keep the names')).toMatchObject({ tier: 'yellow' });
  await is('idle');
  expect(await types('cmd', terminal.pane, '/nosuch')).toMatchObject({
    ...{ code: 75, stderr: expect.stringContaining('Unknown command: /nosuch') },
  });
  expect(await runs('/model')).toMatchObject({ after: { state: 'modal', subtype: 'menu' } });
  expect(await types('press', terminal.pane, 'esc')).toMatchObject({ code: 0 });
  await is('idle');
  expect(await types('cmd', terminal.pane, '/clear')).toMatchObject({
    code: 77,
    stderr: expect.stringContaining('--confirm'),
  });
  expect(await types('cmd', terminal.pane, 'hello')).toMatchObject({ code: 64 });
  expect((await terminal.session()).peer.id).toBe(session);
  expect(await runs('/clear', '--confirm')).toMatchObject({ tier: 'red', session });
  await hooked.until('another session', async () => (await terminal.session()).peer.id !== session);
  const short = await hooked.terminal();
  hooked.tmux('set-option', '-t', short.pane, 'remain-on-exit', 'off');
  const left = await types('cmd', short.pane, '/exit', '--confirm', '--json');
  expect(left, left.stderr).toMatchObject({ code: 0 });
  expect(shaped('cmd', left.stdout)).toMatchObject({ after: { state: 'other' } });
});

test('nobody but a person types: without a terminal it is refused', async () => {
  for (const words of [
    ['send', terminal.pane, 'x', '--via', 'tmux'],
    ['ask', terminal.pane, 'x', '--via', 'tmux'],
    ['esc', terminal.pane],
    ['press', terminal.pane, '1'],
  ])
    expect(await hooked.run([...words, '--socket', hooked.tmuxSocket])).toMatchObject({ code: 77 });
});
