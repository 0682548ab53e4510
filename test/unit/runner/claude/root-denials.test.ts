import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { boardLayout, rootLayout } from '#blackboard/layout.ts';
import { fileDenials, rootDenials } from '#runner/claude/root-denials.ts';

const ROOT = '/home/u/.agent-runner';
const rules = rootDenials(ROOT);
const denies = (path: string) => {
  const parts = relative(ROOT, path).split('/');
  return parts.some((_, at) => rules.includes(`Edit(/${join(ROOT, ...parts.slice(0, at + 1))})`));
};

test('everything that the root and the board have is denied, but for the place of drops', () => {
  const { root, board, ...places } = rootLayout(ROOT);
  const { home, drop, ...ofBoard } = boardLayout(ROOT);
  for (const path of [...Object.values(places), ...Object.values(ofBoard)]) expect(denies(path), path).toBe(true);
  for (const path of [root, board, home, drop, join(drop, 'a.md')]) expect(denies(path), path).toBe(false);
  for (const name of ['templates', 'clock.json', 'board/*.jsonl']) expect(rules).toContain(`Edit(/${ROOT}/${name})`);
});

test('tokens and the keys of the service are not read either; attachments are', () => {
  expect(rules.filter(rule => rule.startsWith('Read'))).toEqual([`Read(/${ROOT}/wake)`, `Read(/${ROOT}/service.env)`]);
});

test('what means something in a pattern or a rule is escaped, for each of the two', () => {
  const [rule] = rootDenials(String.raw`/a [r] (x)* \b!`);
  expect(rule).toBe(String.raw`Edit(//a \\[r\\] \(x\)\\* \\\\b\\!/config.yaml)`);
});

test('files outside of it that rule the agent are denied one by one', () => {
  expect(fileDenials(['/w/agent (1).md'])).toEqual([String.raw`Edit(//w/agent \(1\).md)`]);
});
