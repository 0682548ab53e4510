import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';
import { hooksInstall } from '#runner/verbs/hooks-install.ts';
import { hooksPlugin } from '#runner/verbs/hooks-plugin.ts';
import { hooksStatus } from '#runner/verbs/hooks-status.ts';
import { hooksUninstall } from '#runner/verbs/hooks-uninstall.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
  // No claude: it is not asked here.
  place.context.env.PATH = '';
});
afterEach(() => place[Symbol.asyncDispose]());

const target = () => ({ scope: 'project', cwd: place.home, isDry: false, deliverOnStop: false }) as const;

test('hooks install and uninstall: the file is made and is gone again, and a dry run says so before', async () => {
  const path = join(place.home, '.claude', 'settings.json');
  const dry = await hooksInstall(place.context, { ...target(), isDry: true });
  expect(dry).toMatchObject({ result: { path, changed: true, effect: 'made' }, texts: { before: null } });
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  const { result, texts } = await hooksInstall(place.context, target());
  expect(jsonViolations('hooks install', result)).toEqual([]);
  expect(result).toEqual({ path, changed: true, effect: 'made', backup: null });
  expect(await readFile(path, 'utf8')).toBe(texts.after);
  expect((await hooksInstall(place.context, target())).result).toMatchObject({ changed: false, effect: 'none' });
  const gone = await hooksUninstall(place.context, target());
  expect(jsonViolations('hooks uninstall', gone.result)).toEqual([]);
  expect(gone.result).toEqual({ path, changed: true, effect: 'removed', otherRoots: [] });
});

test('hooks of another root: install refuses, uninstall names the root and leaves them', async () => {
  await using other = await verbRoot();
  other.context.env.PATH = '';
  await hooksInstall(other.context, target());
  await expect(hooksInstall(place.context, target())).rejects.toMatchObject({ exit: exitCode.refused });
  expect((await hooksUninstall(place.context, target())).result).toMatchObject({
    effect: 'none',
    otherRoots: [other.context.root],
  });
});

test('hooks uninstall: a file that is no JSON is 65', async () => {
  const path = join(place.home, '.claude', 'settings.json');
  await mkdir(dirname(path));
  await writeFile(path, '{ "hooks": [');
  await expect(hooksUninstall(place.context, target())).rejects.toMatchObject({ exit: exitCode.badData });
});

test('hooks status and plugin: each installation by its scope, and where the plugin lies', async () => {
  const status = await hooksStatus(place.context, { cwd: place.home });
  expect(jsonViolations('hooks status', status)).toEqual([]);
  expect(status.installs.map(({ state }) => state)).not.toContain('installed');
  const plugin = await hooksPlugin();
  expect(jsonViolations('hooks plugin', plugin)).toEqual([]);
});
