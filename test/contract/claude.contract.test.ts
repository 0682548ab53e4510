// One suite over the real claude and the fake one, with the same model server: every assumption the runner makes
// about the CLI. A new version of the CLI that breaks one breaks a test here, and the fake may not drift from the real one.
// Facts measured here beyond ../shared/claude-code.md are in claude-facts.md beside this file.
import { describe } from 'vitest';
import { dyingCases } from './claude-dying.ts';
import { endingCases } from './claude-ending.ts';
import { fakeOnlyCases } from './claude-fake-only.ts';
import { hookCases } from './claude-hooks.ts';
import { startingCases } from './claude-starting.ts';
import { stayingCases } from './claude-staying.ts';
import { subjects } from './claude-subject.ts';

describe.each(subjects)('claude -p, the $name one', subject => {
  describe('starting', () => startingCases(subject));
  describe('ending', () => endingCases(subject));
  describe('hooks', () => hookCases(subject));
  describe('dying', () => dyingCases(subject));
  describe('staying', () => stayingCases(subject));
  if (subject.name === 'fake') describe('alone', () => fakeOnlyCases(subject));
});
