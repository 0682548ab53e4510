import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../blackboard/message.ts';
import { decodeMessage } from '../../../blackboard/message-decode.ts';
import { encodeMessage } from '../../../blackboard/message-encode.ts';

const message: Message = {
  id: '01a1fc0b-65c1-7a13-a650-68d7794199fb',
  from: 'operator',
  kind: 'request',
  at: '2026-11-21T02:59:28.322Z',
  trace: 't',
  hops: 0,
  body: 'hello',
};

test('a message reads back whatever its body and labels hold', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 500 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 150 }),
      (body, subject) => {
        const written = { ...message, subject: subject.slice(0, 200), body };
        expect(decodeMessage(encodeMessage(written), 'm')).toEqual(written);
      },
    ),
  );
});

test('what we write reads the same as the YAML that it is', () => {
  const text = encodeMessage({ ...message, subject: 'a: "b" # c', inReplyTo: ['x', 'y'], turn: 3 });
  // A comment is of YAML alone.
  expect(decodeMessage(text, 'm')).toEqual(decodeMessage(text.replace('---\n', '---\n# by hand\n'), 'm'));
});

test('a body that looks like front matter stays a body', () => {
  const body = '---\nid: x\n---\n---\n';
  expect(decodeMessage(encodeMessage({ ...message, body }), 'm').body).toBe(body);
});

test.each([
  ['no front matter', 'hello'],
  ['an unknown key', encodeMessage(message).replace('hops: 0', 'hops: 0\nroot: true')],
  ['a missing id', encodeMessage(message).replace(/^id: .*$/m, '')],
  ['a key twice', encodeMessage(message).replace('hops: 0', 'hops: 0\nhops: 1')],
  ['a prototype', encodeMessage(message).replace('hops: 0', 'hops: 0\n__proto__: {"hops": 1}')],
  ['a negative hop count', encodeMessage(message).replace('hops: 0', 'hops: -1')],
])('%s is bad data, with the name of the file', (_what, text) => {
  expect(() => decodeMessage(text, 'cur/12.x')).toThrow(/cur\/12\.x is not a message/);
});
