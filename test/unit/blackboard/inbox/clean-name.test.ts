import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanName } from '#blackboard/inbox/clean-name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['task 1 (new).txt', 'task_1_new_.txt'],
  ['รายงานสรุป ที่นี่.txt', 'รายงานสรุป_ที่นี่.txt'],
  ['हिन्दी की सूची.md', 'हिन्दी_की_सूची.md'],
  ['தமிழ்.txt', 'தமிழ்.txt'],
  ['설계도.md', '설계도.md'],
  ['日本語の仕様書.md', '日本語の仕様書.md'],
  ['cafe\u0301.txt', 'caf\u00e9.txt'],
  ['a\u202egpj.exe', 'a_gpj.exe'],
  ['\u2067x\u2069', '_x_'],
  ['..', '_'],
  ['a/../b', 'a_.._b'],
  ['\u001b[31mred', '_31mred'],
])('%j is called %j', (name, expected) => {
  expect(cleanName(name)).toBe(expected);
});

const names = fc
  .array(
    fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      'ก',
      '\u0e34',
      'हि',
      '中',
      '😀',
      '.',
      '/',
      '\\',
      ' ',
      '\n',
      '\u0000',
      '\u001b',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u2028',
      '_',
      '-',
    ),
    { maxLength: 90 },
  )
  .map(all => all.join(''));

test('no name holds a separator, a control, a blank or a change of direction, and cleaning it again changes nothing', () => {
  fc.assert(
    fc.property(names, name => {
      const cleaned = cleanName(name);
      expect(cleaned).toMatch(/^[^/\\\p{Cc}\p{Cf}\p{Z}.][^/\\\p{Cc}\p{Cf}\p{Z}]*$/u);
      expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(120);
      expect(cleanName(cleaned)).toBe(cleaned);
    }),
  );
});
