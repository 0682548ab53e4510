import { expect, test } from 'vitest';
import { nearestName, whyNotAName } from '../../../blackboard/peer-name.ts';

test.each(['a', '0', 'reviewer', 'a-b-c', 'x'.repeat(40)])('%s is a name', name => {
  expect(whyNotAName(name)).toBeNull();
});

test.each(['', '-a', 'A', 'a_b', 'a/b', '..', 'a b', 'x'.repeat(41), 'é', 'a\n', 'operator', 'self', 'all', 'board'])(
  '%j is refused with a reason',
  name => {
    expect(whyNotAName(name)).toMatch(/reserved|is not a name/);
  },
);

test('the nearest name is offered for a typo and nothing for something else', () => {
  expect(nearestName('reviwer', ['reviewer', 'tester'])).toBe('reviewer');
  expect(nearestName('zzzzzz', ['reviewer', 'tester'])).toBeNull();
  expect(nearestName('x'.repeat(10_000), ['reviewer'])).toBeNull();
});
