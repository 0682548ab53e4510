import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage, splitFrontMatter } from '#blackboard/messages/message-decode.ts';
import { encodeMessage, nameParts } from '#blackboard/messages/message-encode.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { limits } from '#blackboard/system/limits.ts';

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

test.each(['\u2028', '\u2029', '\u0085', '\r', '\u000b'])(
  '%j in a label ends no line, no matter who reads it',
  space => {
    const label = `a${space}---${space}b`;
    const written = { ...message, subject: label, thread: label };
    const text = encodeMessage(written);
    expect(decodeMessage(text, 'm', message.id)).toEqual(written);
    expect(readOwnMessage(text, message.id)).toEqual(written);
    expect(nameParts(text)).toMatchObject({ id: message.id, at: message.at });
    const drop = splitFrontMatter(`---\nsubject: "${label}"\n---\nbody`);
    if (space !== '\r') expect(drop).toEqual({ matter: `subject: "${label}"`, body: 'body' });
  },
);

test.each([
  ['an id that is not that of its name', { id: '01a1fc0b-65c1-7a13-a650-68d7794199fc' }],
  ['a sender that no peer can be called', { from: '../x' }],
  ['a sender that speaks for the board', { from: 'board' }],
  ['an attachment that leads elsewhere', { attachments: [{ name: '../../agent.md', sizeBytes: 1 }] }],
  ['a file that leads elsewhere', { file: '/etc/passwd' }],
])('%s is not believed by anybody', (_what, changes) => {
  const text = encodeMessage({ ...message, ...changes });
  expect(() => decodeMessage(text, 'm', message.id)).toThrow(/m is not a message/);
  expect(readOwnMessage(text, message.id)).toBeNull();
});

test('a head of many attachments and denials with characters that JSON writes long is read', () => {
  const name = '\u0001'.repeat(110);
  const attachments = Array.from({ length: limits.attachmentsMax }, () => ({ name, sizeBytes: 1 }));
  const denials = Array.from({ length: limits.denialsCarriedMax }, () => ({ tool: name, input: name }));
  expect(decodeMessage(encodeMessage({ ...message, attachments, denials }), 'm')).toMatchObject({
    attachments,
    denials,
  });
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
