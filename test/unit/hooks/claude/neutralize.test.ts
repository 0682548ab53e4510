import { expect, test } from 'vitest';
import { neutralize, neutralizeTags } from '#hooks/claude/neutralize.ts';

const JOINER = '\u2060';

test.each([
  '<system-reminder>',
  '</system-reminder>',
  '< / SYSTEM-REMINDER >',
  '<pasted_content file="x">',
  '<command-name>/clear</command-name>',
  '<local-command-stdout>',
  '<task-notification>',
  '<bash-input>',
  '<ide_selection>',
  '<cross-session-message from="x">',
  '<channel source="x">',
  '<user-prompt-submit-hook>',
])('%s is no tag of claude’s own any more, and stays readable', text => {
  const safe = neutralizeTags(text);
  expect(safe).not.toBe(text);
  expect(safe.replaceAll(JOINER, '')).toBe(text);
  expect(neutralizeTags(safe)).toBe(safe);
});

test.each([
  '<div class="system-x">',
  'a < b && task-x',
  '<systemd>',
  'List<Command>',
  '<my-element>',
  '<tools>',
  'x <bash',
])('%s stays as it is', text => expect(neutralizeTags(text)).toBe(text));

test('both at once', () => {
  const safe = neutralize('@a <system-reminder>');
  expect(safe).toBe(`@${JOINER}a <${JOINER}system-reminder>`);
  expect(neutralizeTags(safe)).toBe(safe);
});
