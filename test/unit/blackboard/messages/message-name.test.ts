import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  claimedName,
  formatMessageName,
  freshName,
  parseClaimedName,
  parseMessageName,
  readListing,
  sortMessageNames,
} from '#blackboard/messages/message-name.ts';

const ID = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const count = fc.nat(1_000_000);
const names = fc.record({
  atMs: fc.integer({ min: 0, max: 9_999_999_999_999 }),
  id: fc.constant(ID),
  priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
  requeues: count,
  lastTurn: count,
  failures: count,
  interruptions: count,
  alone: fc.boolean(),
});

test('every name reads back as what it was made of, in new and in cur', () => {
  fc.assert(
    fc.property(names, fc.nat(), (name, turn) => {
      expect(parseMessageName(formatMessageName(name))).toEqual(name);
      expect(parseClaimedName(claimedName(turn, name))).toEqual({ turn, name });
    }),
  );
});

test('anything else is no message', () => {
  const others = [
    '',
    'task.txt',
    `1795229967826-${ID},x9`,
    `12-${ID}`,
    `1795229967826-${ID}.reason`,
    `../1795229967826-${ID}`,
  ];
  for (const other of others) expect(parseMessageName(other), other).toBeNull();
  expect(parseClaimedName(`x.1795229967826-${ID}`)).toBeNull();
  expect(parseClaimedName(`1795229967826-${ID}`)).toBeNull();
});

test('arbitrary bytes as a name never throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseMessageName(text)));
});

test('a listing is sorted by age and leaves out what is no message', () => {
  const older = formatMessageName(freshName(1_000_000_000_000, ID));
  const newer = formatMessageName(freshName(2_000_000_000_000, ID));
  expect(sortMessageNames([newer, 'x.tmp', older]).map(({ atMs }) => atMs)).toEqual([
    1_000_000_000_000, 2_000_000_000_000,
  ]);
});

test('names in new that are not ours are foreign; dotfiles are not looked at', () => {
  const ours = `1763726400000-${ID},f1`;
  expect(readListing([ours, 'task.md', '.nfs000', `${ours}.txt`, ID]).foreign).toEqual(['task.md', `${ours}.txt`, ID]);
});
