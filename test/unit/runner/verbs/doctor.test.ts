import { chmod, rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { doctor } from '#runner/verbs/doctor.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
  place.context.env.PATH = '';
});
afterEach(() => place[Symbol.asyncDispose]());

test('every check is data, and each that found something says what mends it', async () => {
  await place.agent('worker');
  const found = await doctor(place.context, { cwd: place.home });
  expect(jsonViolations('doctor', found)).toEqual([]);
  expect(found.healthy).toBe(false);
  const wrong = found.checks.filter(({ ok }) => !ok);
  expect(wrong.every(({ mend }) => mend !== null)).toBe(true);
  expect(wrong).toContainEqual(expect.objectContaining({ check: 'claude', mend: expect.stringContaining('Install') }));
  expect(found.checks.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['node', 'root', 'write', 'links', 'watch', 'clock', 'config', 'hooks', 'agents']),
  );
});

test('of a root that is not there nothing else is tried; one that others can read is tried all the same', async () => {
  const { root } = place.context;
  await chmod(root, 0o755);
  const readable = await doctor(place.context, { cwd: place.home });
  expect(readable.checks).toContainEqual(expect.objectContaining({ check: 'root', mend: `chmod 700 ${root}` }));
  expect(readable.checks).toContainEqual(expect.objectContaining({ check: 'write', ok: true }));
  await rm(root, { recursive: true });
  const gone = await doctor(place.context, { cwd: place.home });
  expect(gone.checks.map(({ check }) => check)).toEqual(['node', 'root', 'claude', 'signals']);
});
