import { expect, test } from 'vitest';
import { leftLine, leftMend, leftNote, leftSentence } from '#blackboard/events/left-drop.ts';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';

const ID = '01a22a96-6b2a-7533-9cdf-fa66b3950719';

test('a message goes by its id, a drop by its name; what nobody may move has another remedy than a mode', () => {
  const drop = { name: 'plan.md', path: '/i/plan.md', kind: 'file', errno: 'EACCES' } as const;
  expect(leftSentence('a', drop)).toBe(
    '"plan.md", dropped for a, cannot be read and taken (permission denied, EACCES)',
  );
  expect(leftMend(drop)).toBe('sudo chown "$(id -un)" /i/plan.md && chmod u+rw /i/plan.md');
  const message = { ...drop, name: formatMessageName(freshName(1, ID)), errno: 'EPERM' };
  expect(leftSentence('a', message)).toBe('message b3950719 for a cannot be read and taken (permission denied, EPERM)');
  expect(leftMend(message)).toMatch(/^sudo chattr -i -a \/i\/plan\.md && sudo chown/);
});

test('its event is a line and a note in the same words; many at once are one of each', () => {
  const drop = { type: 'drop.left', name: 'a.md', path: '/i/a.md', kind: 'file', errno: 'EACCES', others: 0 } as const;
  const sentence = '"a.md", dropped for worker, cannot be read and taken (permission denied, EACCES)';
  const mend = 'sudo chown "$(id -un)" /i/a.md && chmod u+rw /i/a.md';
  expect(leftLine('worker', drop)).toBe(
    `worker: ${sentence}; it is left where it is, everything else goes on: ${mend}`,
  );
  expect(leftNote('worker', drop)).toBe(
    `${sentence}. It is left where it is, everything else goes on. What mends it: ${mend}\n`,
  );
  const many = { ...drop, others: 8 };
  expect(leftLine('worker', many)).toContain(`${sentence} (and 8 more); `);
  expect(leftNote('worker', many)).toMatch(/^9 things that were dropped for worker .*, the first of them: "a\.md"/);
});
