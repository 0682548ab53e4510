import { expect, test } from 'vitest';
import { markTexts, textHint, unmarked } from '#runner/text/typed-text.ts';

const TEXTS = ['- [ ] fix it', '--- a/file\n+++ b/file', '-1 from me', '--force is broken', '-', '---'];

test('what can only be a text gets past the parser of options, and comes back as it was', () => {
  for (const command of ['ask', 'send', 'reply', 'post'])
    for (const text of TEXTS) {
      const marked = markTexts([command, 'a', text, '--json']);
      if (text !== '-') expect(marked[2]!.startsWith('-'), text).toBe(false);
      expect(marked.map(unmarked)).toEqual([command, 'a', text, '--json']);
    }
  expect(unmarked(markTexts(['send', 'a', '--file', '- x']))).toEqual(['send', 'a', '--file', '- x']);
});

test('options stay options, with and without a value, in every command', () => {
  const options = ['--json', '-n', '--not-before', '--subject=a text\nof two lines', '--', '-'];
  expect(markTexts(['--root', '/r', 'send', ...options])).toEqual(['--root', '/r', 'send', ...options]);
  expect(markTexts(['list', '- x'])).toEqual(['list', '- x']);
  expect(markTexts(['send', 'a', '--', '- x'])).toEqual(['send', 'a', '--', '- x']);
});

test('one word that may be an option is refused with what makes it a text', () => {
  const said = "error: unknown option '--verbose'\n";
  expect(textHint(said, ['--root', 'x', 'ask', 'a', '--verbose'])).toContain('agent-runner ask … -- "--verbose"');
  expect(textHint(said, ['list', '--verbose'])).toBe('');
  expect(textHint("error: missing required argument 'peer'\n", ['ask'])).toBe('');
});
