import { expect, test } from 'vitest';
import { lineDiff } from '#runner/cli/terminal/hooks-target.ts';

test('a diff shows what comes and goes, with what stands around it', () => {
  expect(lineDiff('a\nb\nc\nd\n', 'a\nx\nc\nd\ne\n')).toBe('  a\n- b\n+ x\n  c\n  d\n+ e\n');
  expect(lineDiff('a\n', 'a\n')).toBe('');
  expect(lineDiff('{}', '{\n}'), 'no line end is no line').toBe('- {}\n+ {\n+ }\n');
  const far = [...'abcdefghijkl'].join('\n');
  expect(lineDiff(far, far.replace('a', 'A').replace('l', 'L')), 'what lies far apart').toBe(
    '- a\n+ A\n  b\n  c\n  d\n  …\n  i\n  j\n  k\n- l\n+ L\n',
  );
});
