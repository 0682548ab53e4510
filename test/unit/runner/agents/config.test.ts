import { describe, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { readConfig } from '#runner/agents/config.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

async function read(text: string | Uint8Array) {
  const files = createMemoryFiles();
  files.prepare('/r');
  await files.create(rootLayout('/r').config, text);
  return readConfig(files, '/r');
}

test('every mistake is told at once, with its line; so are the keys there are', async () => {
  const text = 'perDayUsd: 0\n# more\nmaxHop: 3\nretention:\n  day: 4\nclaude: ""\nzzzzzzzz: 1\n';
  const error = await read(text).catch(thrown => thrown);
  expect(error).toMatchObject({ code: 'configuration', exit: 78, hint: expect.stringContaining('maxHops') });
  expect(error.message).toMatch(
    /^\/r\/config\.yaml:1: "perDayUsd" is 0: .*; line 3: unknown key "maxHop": did you mean "maxHops"\?; line 5: unknown key "day": did you mean "days"\?; line 6: "claude" is "": .*; line 7: unknown key "zzzzzzzz": there is no such key$/,
  );
});

test('a text instead of keys, and another encoding, are named as such', async () => {
  await expect(read('hello\n')).rejects.toThrow(/^\/r\/config\.yaml:1: the file: /);
  await expect(read(Buffer.from('\ufeffperDayUsd: 3\n', 'utf16le'))).rejects.toThrow(
    '/r/config.yaml is UTF-16; save it as UTF-8',
  );
});

test('a key from before it was renamed is told its new name, and the new one is read', async () => {
  await expect(read('parkedMaxMiB: 100\n')).rejects.toThrow(
    /config\.yaml:1: unknown key "parkedMaxMiB": it is called "askingMaxMiB" now$/,
  );
  expect((await read('askingMaxMiB: 100\n')).askingMaxMiB).toBe(100);
});

describe('contextRules', () => {
  const rules = (text: string) => read(`contextRules: [${text}]\n`);

  test.each(['notify', '/compact', '/compact keep the names', '{send: write a hand-off note}'])(
    'may do %s',
    async what => {
      const { contextRules } = await rules(`{when: context > 0.6 and idle, do: ${what}}`);
      expect(contextRules).toMatchObject([{ when: 'context > 0.6 and idle' }]);
    },
  );

  test.each<[string, RegExp]>([
    ['{when: context > 60 and idle, do: notify}', /expected "context > 0.6 and idle"/],
    ['{when: context > 0.6, do: notify}', /expected "context > 0.6 and idle"/],
    ['{when: context > 0.6 and idle, do: /clear}', /expected notify, \/compact/],
    ['{when: context > 0.6 and idle, do: /compactor}', /expected notify, \/compact/],
    ['{when: context > 0.6 and idle, do: {run: ls}}', /expected notify, \/compact/],
    ['{when: context > 0.6 and idle}', /do/],
    ['{when: context > 0.6 and idle, do: notify, session: [a]}', /did you mean "sessions"/],
  ])('refuses %s', async (text, words) => {
    await expect(rules(text)).rejects.toThrow(words);
  });

  test('is off without a rule', async () => {
    expect((await read('')).contextRules).toEqual([]);
  });
});

test('pace is a part of a window', async () => {
  expect((await read('pace: {window: 0.8}\n')).pace).toEqual({ window: 0.8 });
  await expect(read('pace: {window: 80}\n')).rejects.toThrow(/"pace.window" is 80/);
  await expect(read('pace: {windows: 0.8}\n')).rejects.toThrow(/unknown key "windows": did you mean "window"/);
});

test('an empty file is one without keys', async () => {
  expect(await read('')).toMatchObject({ perDayUsd: 20, claude: 'claude' });
});
