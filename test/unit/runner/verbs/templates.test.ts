import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';
import { templatesList } from '#runner/verbs/templates-list.ts';
import { templatesShow } from '#runner/verbs/templates-show.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
});
afterEach(() => place[Symbol.asyncDispose]());

test('templates list: yours before ours of the same name, and what is broken with its reason', async () => {
  const own = join(place.context.root, 'templates');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'reviewer.md'), '---\n# mine\ncwd: /\n---\nLook.\n');
  await writeFile(join(own, 'broken.md'), '---\nno such key: 1\n---\n');
  const { templates, ownDirectory } = await templatesList(place.context, { cwd: place.home });
  expect(jsonViolations('templates list', templates)).toEqual([]);
  expect(ownDirectory).toBe(own);
  const row = (name: string) => templates.filter(each => each.name === name);
  expect(row('reviewer')).toEqual([
    { name: 'reviewer', path: join(own, 'reviewer.md'), own: true, about: 'mine', problem: null },
  ]);
  expect(row('broken')).toMatchObject([{ own: true, problem: expect.stringContaining('no such key') }]);
  expect(row('worker')).toMatchObject([{ own: false, problem: null }]);
});

test('templates show: the text as it stands, without a root too; a name that none has is 66', async () => {
  await rm(place.context.root, { recursive: true });
  const template = await templatesShow(place.context, { name: 'worker' });
  expect(jsonViolations('templates show', template)).toEqual([]);
  expect(template.text).toMatch(/^---\n/);
  await expect(templatesShow(place.context, { name: 'wrker' })).rejects.toMatchObject({
    exit: exitCode.noSuch,
    hint: 'Did you mean "worker"?',
  });
});
