/** Installing and uninstalling in any settings.json, however it is written: what is not ours stays, byte for byte. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, uninstall } from '#hooks/install/installation.ts';
import {
  commandLine,
  findHooks,
  HOOK_EVENTS,
  type HookCommand,
  parseCommandLine,
  withHooks,
  withoutHooks,
} from '#hooks/install/settings-text.ts';

const command: HookCommand = { script: '/opt/it’s "a"/hook.sh', root: "/r'o ot", node: '/n', deliverOnStop: true };
const path = '/settings.json';

const foreignHook = fc.record({
  matcher: fc.constantFrom('', 'Bash', '*'),
  hooks: fc.array(fc.record({ type: fc.constant('command'), command: fc.string() }), { minLength: 1, maxLength: 2 }),
});
const hooks = fc.dictionary(
  fc.constantFrom(...HOOK_EVENTS, 'PreToolUse', 'Nobody'),
  fc.array(foreignHook, { minLength: 1, maxLength: 3 }),
  { minKeys: 1 },
);
const settings = fc
  .record(
    { hooks, env: fc.dictionary(fc.string(), fc.string()), model: fc.string(), x: fc.jsonValue() },
    { requiredKeys: [] },
  )
  .map(value => ({ ...value }));
/** As people and programs write it: flat, with two or four spaces or tabs, either line end, with or without one at the end. */
const text = fc
  .tuple(settings, fc.constantFrom(0, 2, 4, '\t'), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\n\n'))
  .map(([value, indent, eol, end]) => (JSON.stringify(value, null, indent) + end).replaceAll('\n', eol));

const parsed = (json: string) => JSON.parse(json) as Record<string, unknown> & { hooks?: Record<string, unknown[]> };

test('what was there is there, before ours; our hooks are found again', () => {
  fc.assert(
    fc.property(text, before => {
      const after = withHooks(before, command, path);
      expect(findHooks(after, path)).toHaveLength(HOOK_EVENTS.length);
      const [old, now] = [parsed(before), parsed(after)];
      const { hooks: oldHooks = {}, ...oldRest } = old;
      const { hooks: nowHooks = {}, ...nowRest } = now;
      expect(nowRest).toEqual(oldRest);
      for (const [event, groups] of Object.entries(oldHooks))
        expect(nowHooks[event]!.slice(0, groups.length)).toEqual(groups);
    }),
    { numRuns: 500 },
  );
});

test('cutting ours out again gives the very text, also when others added theirs meanwhile', () => {
  fc.assert(
    fc.property(text, before => {
      const after = withHooks(before, command, path);
      expect(withHooks(after, command, path), 'the same again').toBe(after);
      const cut = withoutHooks(after, path);
      if (before.startsWith('{}')) expect(parsed(cut)).toEqual(parsed(before));
      else expect(cut).toBe(before);
    }),
    { numRuns: 500 },
  );
});

test('a command line is read back as it was', () => {
  const word = fc.string({ minLength: 1 }).filter(each => !/[\n\r\0]/.test(each));
  fc.assert(
    fc.property(word, word, word, fc.boolean(), fc.constantFrom(...HOOK_EVENTS), (script, root, node, stop, event) => {
      const deliverOnStop = stop && event === 'Stop';
      const given = { script, root, node, deliverOnStop };
      expect(parseCommandLine(commandLine(event, given))).toEqual({ ...given, event });
    }),
  );
  expect(parseCommandLine('/bin/sh hook.sh # agent-runner')).toBeNull();
});

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'ar-install-'));
});
afterAll(() => rmSync(place, { recursive: true }));

test('install, install again, uninstall: the file is what it was, byte for byte', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(text, fc.constant('\ufeff{ }\n'), fc.constant('{"hooks":{ "Stop" : [ ] } }')),
      async before => {
        const file = join(place, `settings-${count++}.json`);
        writeFileSync(file, before);
        await install(place, file, command, true);
        expect(readFileSync(file, 'utf8'), 'dry').toBe(before);
        await install(place, file, command, false);
        await install(place, file, { ...command, root: '/another' }, false);
        const again = await install(place, file, { ...command, root: '/another' }, false);
        expect(again.before).toBe(again.after);
        await uninstall(place, file, false);
        expect(readFileSync(file, 'utf8')).toBe(before);
      },
    ),
    { numRuns: 100 },
  );
});
