import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { install, settingsPath, uninstall } from '#hooks/install/installation.ts';
import type { Moment } from '#hooks/install/rewrite.ts';
import { findHooks, HOOK_EVENTS } from '#hooks/install/settings-text.ts';

const command = { script: '/p/hook.sh', root: '/r', node: '/n', deliverOnStop: false };
let place: string;
let file: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ar-install-'));
  file = join(place, 'claude', 'settings.json');
  mkdirSync(join(place, 'claude'));
});
afterEach(() => rmSync(place, { recursive: true }));

test.each([
  ['{"hooks": {', /is not valid JSON/],
  ['// a comment\n{}', /is not valid JSON/],
  ['[]', /expected a JSON object/],
  ['{"hooks": []}', /expected an object under "hooks"/],
  ['{"hooks": {"Stop": {}}}', /expected a list under "hooks.Stop"/],
])('a file with %j is refused and stays as it is', async (text, reason) => {
  writeFileSync(file, text);
  await expect(install(place, file, command, false)).rejects.toThrow(reason);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('bytes that are no UTF-8 could not be given back: refused, unchanged; so is what cannot be read', async () => {
  const bytes = Buffer.from('{"env":{"A":"\xff\xfe"}}', 'latin1');
  writeFileSync(file, bytes);
  for (const change of [() => install(place, file, command, false), () => uninstall(place, file, false)])
    await expect(change()).rejects.toMatchObject({ exit: 65, message: expect.stringContaining('it is not UTF-8') });
  expect(readFileSync(file).equals(bytes)).toBe(true);
  rmSync(file);
  mkdirSync(file);
  await expect(install(place, file, command, false)).rejects.toMatchObject({
    exit: 73,
    message: expect.stringContaining('cannot be read: EISDIR'),
  });
});

test.each(['{"permissions":{"allow":["Read","Edit"]}}', '{"hooks":{"Stop":[]},"hooks":{"Stop":[{"hooks":[]}]}}'])(
  'a list on one line, a key that stands twice (%s): as it was afterwards',
  async text => {
    writeFileSync(file, text);
    await install(place, file, command, false);
    expect(findHooks(readFileSync(file, 'utf8'), file)).toHaveLength(HOOK_EVENTS.length);
    await uninstall(place, file, false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);

test.each(['', '\n', ' \r\n\t', '\ufeff'])(
  'a blank file (%j) is one without settings, and blank again afterwards',
  async text => {
    writeFileSync(file, text);
    await install(place, file, command, false);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['hooks']);
    await uninstall(place, file, false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);

test('the hook for cards is there on request, has the time that a card has, and goes when it is not asked for again', async () => {
  writeFileSync(file, '{}');
  const requests = () => JSON.parse(readFileSync(file, 'utf8')).hooks?.PermissionRequest;
  await install(place, file, { ...command, approvals: true }, false);
  expect(findHooks(readFileSync(file, 'utf8'), file)).toHaveLength(HOOK_EVENTS.length + 1);
  expect(requests()).toMatchObject([{ hooks: [{ timeout: limits.cardHookSeconds }] }]);
  expect(limits.cardHookSeconds * 1_000).toBeGreaterThan(limits.approvalTimeoutMs);
  expect((await install(place, file, { ...command, approvals: true }, false)).backup).toBeNull();
  await install(place, file, command, false);
  expect(requests()).toBeUndefined();
  await install(place, file, { ...command, approvals: true }, false);
  await uninstall(place, file, false);
  expect(readFileSync(file, 'utf8')).toBe('{}');
});

test('what the judge refuses is not written', async () => {
  writeFileSync(file, '{}');
  const judge = (text: string) => Promise.reject(new Error(`no: ${text.includes('/p/hook.sh')}`));
  await expect(install(place, file, command, false, { judge })).rejects.toThrow('no: true');
  expect(readFileSync(file, 'utf8')).toBe('{}');
});

test('a file that was made for the hooks goes with them', async () => {
  await install(place, file, command, false);
  expect(existsSync(file)).toBe(true);
  await uninstall(place, file, false);
  expect(existsSync(file)).toBe(false);
});

test('what somebody changed meanwhile stays; only our hooks go', async () => {
  writeFileSync(file, '{\n  "model": "a"\n}\n');
  await install(place, file, command, false);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"a"', '"b"'));
  await uninstall(place, file, false);
  expect(readFileSync(file, 'utf8')).toBe('{\n  "model": "b"\n}\n');
});

/** Another program that changes one key of the file, as programs do: it reads, writes aside and renames, or writes in place. */
function foreign(how: 'renames' | 'writes in place', key: string): void {
  const text = JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), [key]: true });
  writeFileSync(how === 'renames' ? `${file}.foreign` : file, text);
  if (how === 'renames') renameSync(`${file}.foreign`, file);
}

/** Once, at this moment. */
const once = (moment: Moment, act: () => void): ((at: Moment) => void) => {
  let isDone = false;
  return at => {
    if (at !== moment || isDone) return;
    isDone = true;
    act();
  };
};

describe.each(['renames', 'writes in place'] as const)('another program that %s', how => {
  const moments: Moment[] = how === 'renames' ? ['read', 'placed'] : ['read', 'looked', 'placed'];

  test.each(moments)('at "%s" of an install: its change and our hooks are there', async moment => {
    writeFileSync(file, '{"a":1}');
    await install(place, file, command, false, { at: once(moment, () => foreign(how, 'theirs')) });
    const settings = JSON.parse(readFileSync(file, 'utf8'));
    expect(settings).toMatchObject({ a: 1, theirs: true });
    expect(findHooks(readFileSync(file, 'utf8'), file)).toHaveLength(HOOK_EVENTS.length);
    expect(readdirSync(dirname(file))).toEqual(['settings.json']);
  });

  test.each(moments)('at "%s" of an uninstall: its change stays, ours go', async moment => {
    for (const text of ['{"a":1}', null]) {
      rmSync(file, { force: true });
      if (text !== null) writeFileSync(file, text);
      await install(place, file, command, false);
      const act = () => {
        if (existsSync(file)) foreign(how, 'theirs');
        else writeFileSync(file, '{"theirs":true}');
      };
      await uninstall(place, file, false, once(moment, act));
      const settings = JSON.parse(readFileSync(file, 'utf8'));
      expect(settings).toEqual(text === null ? { theirs: true } : { a: 1, theirs: true });
      expect(readdirSync(dirname(file))).toEqual(['settings.json']);
    }
  });
});

test('the window that remains: a rename between our last look and ours is lost, and the check sees that', async () => {
  writeFileSync(file, '{"a":1}');
  await install(place, file, command, false, { at: once('looked', () => foreign('renames', 'theirs')) });
  expect(JSON.parse(readFileSync(file, 'utf8'))).not.toHaveProperty('theirs');
});

test('a file that somebody makes while we do is kept', async () => {
  await install(place, file, command, false, { at: once('looked', () => writeFileSync(file, '{"theirs":true}')) });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ theirs: true, hooks: {} });
  await uninstall(place, file, false);
  expect(readFileSync(file, 'utf8')).toBe('{"theirs":true}');
});

test('who writes without a pause wins, and is named: nothing is lost', async () => {
  writeFileSync(file, '{"count":0}');
  let count = 0;
  const at = (moment: Moment) => {
    if (moment === 'read') writeFileSync(file, JSON.stringify({ count: ++count }));
  };
  await expect(install(place, file, command, false, { at })).rejects.toMatchObject({ exit: 75 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ count });
});

test('the hooks of another root that is there are neither taken over nor taken out', async () => {
  const other = join(place, 'other');
  mkdirSync(join(other, 'agents'), { recursive: true });
  await install(other, file, { ...command, root: other }, false);
  const before = readFileSync(file, 'utf8');
  await expect(install(place, file, command, false)).rejects.toMatchObject({
    exit: 77,
    message: expect.stringContaining(`the hooks of another root, ${other}`),
  });
  expect(await uninstall(place, file, false)).toMatchObject({ before, after: before });
  expect(readFileSync(file, 'utf8')).toBe(before);
  rmSync(other, { recursive: true });
  await install(place, file, command, false);
  expect(findHooks(readFileSync(file, 'utf8'), file).map(hook => hook.root)).toEqual(HOOK_EVENTS.map(() => '/r'));
});

test('what is made new is ours alone; a project’s file is for others to read', async () => {
  const before = process.umask(0);
  try {
    const [own, shared] = ['own', 'shared'].map(name => join(place, name, 'settings.json'));
    await install(place, own!, command, false);
    await install(place, shared!, command, false, { isShared: true });
    expect([own!, dirname(own!)].map(path => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
    expect([shared!, dirname(shared!)].map(path => statSync(path).mode & 0o777)).toEqual([0o644, 0o755]);
  } finally {
    process.umask(before);
  }
});

test('a link stays a link, a mode stays the mode', async () => {
  const target = join(place, 'dotfiles.json');
  writeFileSync(target, '{}\n');
  chmodSync(target, 0o640);
  symlinkSync(target, file);
  await install(place, file, command, false);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(statSync(target).mode & 0o777).toBe(0o640);
  expect(readFileSync(target, 'utf8')).toContain('/p/hook.sh');
});

test('a link that leads nowhere is named, and stays', async () => {
  symlinkSync('nowhere.json', file);
  await expect(install(place, file, command, false)).rejects.toThrow(`${file} is a link that leads nowhere`);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
});

test('the user’s settings lie where CLAUDE_CONFIG_DIR says', () => {
  expect(settingsPath('user', { HOME: '/h' }, '/w')).toBe('/h/.claude/settings.json');
  expect(settingsPath('user', { HOME: '/h', CLAUDE_CONFIG_DIR: '/c' }, '/w')).toBe('/c/settings.json');
  expect(settingsPath('local', { HOME: '/h' }, '/w')).toBe('/w/.claude/settings.local.json');
});
