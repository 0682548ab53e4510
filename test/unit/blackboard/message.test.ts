import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../blackboard/message.ts';
import { decodeDrop, decodeMessage } from '../../../blackboard/message-decode.ts';
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

test('a drop may say its kind, subject, thread, priority and times', () => {
  const { head, body } = decodeDrop('---\nkind: question\nsubject: s\nthread: t\npriority: high\n---\nwhat?');
  expect(head).toEqual({ kind: 'question', subject: 's', thread: 't', priority: 'high' });
  expect(body).toBe('what?');
});

test.each([
  ['who it is from', '---\nfrom: boss\n---\nx'],
  ['an id', '---\nid: 01a1fc0b-65c1-7a13-a650-68d7794199fb\n---\nx'],
  ['hops', '---\nhops: 0\n---\nx'],
  ['broken YAML', '---\nkind: [\n---\nx'],
  ['a duplicate key', '---\nkind: note\nkind: request\n---\nx'],
  ['an unknown kind', '---\nkind: command\n---\nx'],
  ['aliases', '---\na: &a [x]\nsubject: *a\n---\nx'],
  ['an end that never comes', '---\nkind: note\nx'],
])('a drop that gives %s is body from its first character', (_what, text) => {
  expect(decodeDrop(text)).toEqual({ head: {}, body: text });
});

test('Windows line ends and an empty body are fine', () => {
  expect(decodeDrop('---\r\nkind: note\r\n---\r\nx')).toEqual({ head: { kind: 'note' }, body: 'x' });
  expect(decodeDrop('---\nkind: note\n---')).toEqual({ head: { kind: 'note' }, body: '' });
  expect(decodeDrop('---\n---\nx')).toEqual({ head: {}, body: 'x' });
});

test('arbitrary text as a drop never throws and never loses a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const { head, body } = decodeDrop(`---${text}`);
      if (Object.keys(head).length === 0 && !`---${text}`.endsWith(body)) throw new Error('lost');
    }),
  );
});
