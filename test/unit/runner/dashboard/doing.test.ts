// What a row says of a turn that runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { doingOf } from '#runner/dashboard/doing.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'doing-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function told(...events: object[]): string | null {
  const path = join(home, 'events.jsonl');
  const at = '2026-11-30T12:00:00.000Z';
  writeFileSync(path, events.map(event => `${JSON.stringify({ at, peer: 'ann', turn: 1, ...event })}\n`).join(''));
  return doingOf(path);
}
const tool = (input: string) => ({ type: 'turn.tool', tool: 'Bash', input });
const begun = {
  ...{ type: 'turn.started', kind: 'work', sessionId: 's', resumed: false, begunAt: '2026-11-30T12:00:00.000Z' },
  ...{ bySignal: false, signals: null, messages: [] },
};

test('the tool that was called last, with what names the call best; else what the model said', () => {
  expect(told(begun, { type: 'turn.text', text: 'I look' }, tool('{"description":"Tests","command":"npm test"}'))).toBe(
    'Bash npm test',
  );
  expect(told(begun, tool('{"command":"npm test"}'), { type: 'turn.text', text: 'All\npass' })).toBe('All pass');
});

test('nothing of the turn before, and nothing where nothing was told', () => {
  expect(told(tool('{"command":"old"}'), begun)).toBeNull();
  expect(told()).toBeNull();
  expect(doingOf(join(home, 'nowhere'))).toBeNull();
});

test('input that was cut or is no object leaves the tool alone; marks are made visible, and a row stays short', () => {
  expect(told(begun, tool('{"command":"npm te'))).toBe('Bash');
  expect(told(begun, tool('null'))).toBe('Bash');
  expect(told(begun, { type: 'turn.text', text: 'a\u202eb' })).toBe('a\\u{202e}b');
  expect(told(begun, { type: 'turn.text', text: 'x'.repeat(1_000) })).toHaveLength(limits.pageDoingCharsMax);
});
