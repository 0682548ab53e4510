import { expect, test } from 'vitest';
import { CLAUDE_FROM, CLAUDE_TESTED, compareVersions, looksTooOld, tooOld } from '#runner/claude/claude-version.ts';
import { parkNext } from '#runner/status/blockers.ts';

test('versions are compared by their numbers', () => {
  expect(compareVersions('2.1.99', '2.1.100')).toBeLessThan(0);
  expect(compareVersions('3.0.0', '2.9.9')).toBeGreaterThan(0);
  expect(compareVersions('2.1.329', '2.1.329')).toBe(0);
});

test('what npm gives to Node 20 without a version is too old; what is tested, and what is newer, is not', () => {
  expect(tooOld('2.1.197')).toBe(`is too old: expected ${CLAUDE_FROM} or newer`);
  for (const version of [CLAUDE_FROM, ...CLAUDE_TESTED, '2.2.0']) expect(tooOld(version)).toBeNull();
});

test.each([
  // 2.1.197 and 2.1.240.
  "option '--permission-mode <mode>' argument 'manual' is invalid. Allowed choices are acceptEdits, auto, default.",
  "unknown option '--system-prompt-snapshot=off'",
])('an agent parked because claude said "%s" is told of the version that is expected', said => {
  const reason = `claude refused to start: error: ${said}`;
  expect(looksTooOld(reason)).toBe(true);
  const words = parkNext({ code: 'claude', reason }, 'worker');
  expect(words).toContain(`expected ${CLAUDE_FROM} or newer`);
  expect(words).toContain('npm install -g');
  expect(words).toMatch(/then: agent-runner resume worker$/);
});

test('an agent parked for another refusal is not', () => {
  const reason = 'claude refused to start: Error: Settings file not found';
  expect(parkNext({ code: 'claude', reason }, 'worker')).toBe('when that is mended: agent-runner resume worker');
});
