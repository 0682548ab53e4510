import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { install, settingsPath, uninstall } from '../../../../hooks/install/installation.ts';
import { lineDiff } from '../../../../hooks/install/line-diff.ts';

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

test('what the judge refuses is not written', async () => {
  writeFileSync(file, '{}');
  const judge = (text: string) => Promise.reject(new Error(`no: ${text.includes('/p/hook.sh')}`));
  await expect(install(place, file, command, false, judge)).rejects.toThrow('no: true');
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

test('a diff shows what comes and goes, with what stands around it', () => {
  expect(lineDiff('a\nb\nc\nd\n', 'a\nx\nc\nd\ne\n')).toBe('  a\n- b\n+ x\n  c\n  d\n+ e\n  \n');
  expect(lineDiff('a\n', 'a\n')).toBe('');
});
