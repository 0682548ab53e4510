import { expect, test } from 'vitest';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { leftMend, leftSentence } from '#runner/status/left-mend.ts';

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
