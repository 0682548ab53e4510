import { expect, test } from 'vitest';
import { greetingText } from '#hooks/session/greeting.ts';

const alone = { name: 'app-main', others: [], unread: 0, rootOption: '' };

test('a greeting says who it is, who else is there, what waits and how to answer', () => {
  expect(greetingText(alone)).toMatch(/you are "app-main"\.\nNobody else is there now\.\nNo message waits for you\./);
  const text = greetingText({
    ...alone,
    others: ['b (session, busy)', 'c (agent)'],
    unread: 2,
    rootOption: ' --root /r',
  });
  expect(text).toContain('Others: b (session, busy), c (agent).');
  expect(text).toContain('2 messages wait for you');
  for (const command of ['post "…"', 'send <name> "…"', 'ask <name> "…"', 'reply <message-id> "…"', 'list'])
    expect(text).toContain(`agent-runner --root /r ${command}`);
});

test('of many others as many are named as fit into 1,500 characters, and the rest counted; how to answer stays', () => {
  const others = Array.from({ length: 500 }, (_, index) => `session-number-${index} (session, idle)`);
  const text = greetingText({ ...alone, others });
  expect(text.length).toBeLessThanOrEqual(1_500);
  const named = text.match(/session-number-/g)!.length;
  expect(named).toBeGreaterThan(10);
  expect(text).toContain(` and ${500 - named} more.`);
  expect(text).toContain('Answer a message: agent-runner reply');
});
