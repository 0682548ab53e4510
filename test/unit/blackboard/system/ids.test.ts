import { expect, test } from 'vitest';
import { derivedId, isMessageId, newId } from '#blackboard/system/ids.ts';

test('new ids are valid and sort by time', () => {
  const ids = [newId(1), newId(1_700_000_000_000), newId(1_700_000_000_001)];
  expect(ids.every(isMessageId)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
});

test('ids of one process sort as they were made, within one millisecond and where the clock goes back a little', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => newId(1_800_000_000_000 - (at % 3)));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isMessageId)).toBe(true);
});

test('derived ids are the same for the same parts and differ where parts are cut differently', () => {
  expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'));
  expect(derivedId('a', 'b')).not.toBe(derivedId('ab'));
  expect(derivedId('a,b')).not.toBe(derivedId('a', 'b'));
  expect(isMessageId(derivedId('x'))).toBe(true);
});
