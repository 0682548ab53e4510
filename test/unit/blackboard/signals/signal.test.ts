import { describe, expect, test } from 'vitest';
import { parseSignal, signalKey } from '#blackboard/signals/signal.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isToken, newToken } from '#runner/wake/token.ts';

const parse = (text: string | Uint8Array) => parseSignal(typeof text === 'string' ? Buffer.from(text) : text);

test('a wake is a token and a type, with or without its newline, in any order and with white space', () => {
  const wake = { kind: 'signal', token: 't', signal: { type: 'wake' } };
  expect(parse('{"token":"t","type":"wake"}\n')).toEqual(wake);
  expect(parse('{"type":"wake","token":"t"}')).toEqual(wake);
  expect(parse(' { "type" : "wa\\u006be" , "token" : "t" } \r\n')).toEqual(wake);
});

test('a changed file is named by its path', () => {
  expect(parse('{"token":"t","type":"file_changed","path":"/w/a b\\"c"}\n')).toEqual({
    kind: 'signal',
    token: 't',
    signal: { type: 'file_changed', path: '/w/a b"c' },
  });
});

describe('refuses with a code', () => {
  const good = '"token":"t","type":"wake"';
  const cases: [string, string | Uint8Array, string][] = [
    ['more than 4 KB', `{${good}}${' '.repeat(limits.signalBytesMax)}\n`, 'too-long'],
    ['a byte that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'not-utf8'],
    ['an overlong encoding', Buffer.from([...Buffer.from(`{${good}`), 0xc0, 0xaf, 0x7d]), 'not-utf8'],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not-utf8'],
    ['a second line', `{${good}}\n{${good}}\n`, 'second-line'],
    ['an empty second line', `{${good}}\n\n`, 'second-line'],
    ['nothing', '', 'not-json'],
    ['an empty line', '\n', 'not-json'],
    ['half an object', `{${good}`, 'not-json'],
    ['a comment', `{${good}} // please`, 'not-json'],
    ['two objects on one line', `{${good}}{${good}}`, 'not-json'],
    ['a byte order mark', `\ufeff{${good}}`, 'not-json'],
    ['a NUL behind the object', `{${good}}\0`, 'not-json'],
    ['a string', '"wake"', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['a list', `[{${good}}]`, 'not-an-object'],
    ['a number for a token', '{"token":1,"type":"wake"}', 'not-a-string'],
    ['null for a type', '{"token":"t","type":null}', 'not-a-string'],
    ['a nested object', `{${good},"path":{"a":"b"}}`, 'not-a-string'],
    ['a nested list', '{"token":"t","type":["wake"]}', 'not-a-string'],
    ['a doubled field', `{${good},"type":"file_changed"}`, 'duplicate-field'],
    ['a doubled field under an escape', `{${good},"t\\u0079pe":"wake"}`, 'duplicate-field'],
    ['a doubled unknown field', `{${good},"x":"1","x":"2"}`, 'duplicate-field'],
    ['a field for text', `{${good},"message":"hello"}`, 'unknown-field'],
    ['__proto__', `{${good},"__proto__":"x"}`, 'unknown-field'],
    ['a path with a wake', `{${good},"path":"/w/a"}`, 'unknown-field'],
    ['no token', '{"type":"wake"}', 'missing-field'],
    ['no type', '{"token":"t"}', 'missing-field'],
    ['no path', '{"token":"t","type":"file_changed"}', 'missing-field'],
    ['another type', '{"token":"t","type":"prompt"}', 'unknown-type'],
    ['a relative path', '{"token":"t","type":"file_changed","path":"a"}', 'bad-path'],
    ['a newline in the path', '{"token":"t","type":"file_changed","path":"/a\\nb"}', 'bad-path'],
    ['a NUL in the path', '{"token":"t","type":"file_changed","path":"/a\\u0000"}', 'bad-path'],
    ['half a surrogate pair in the path', '{"token":"t","type":"file_changed","path":"/a\\ud800"}', 'bad-path'],
    ['text turned around in the path', '{"token":"t","type":"file_changed","path":"/a\\u202eb"}', 'bad-path'],
    ['a long path', `{"token":"t","type":"file_changed","path":"/${'a'.repeat(2000)}"}`, 'bad-path'],
  ];
  test.each(cases)('%s', (_what, text, code) => {
    expect(parse(text)).toEqual({ kind: 'refused', code });
  });
});

test('signals are identical when type and path are', () => {
  expect(signalKey({ type: 'wake' })).toBe(signalKey({ type: 'wake' }));
  expect(signalKey({ type: 'file_changed', path: '/a' })).not.toBe(signalKey({ type: 'file_changed', path: '/b' }));
  expect(signalKey({ type: 'file_changed', path: '/a' })).toMatch(/^[0-9a-f]{12}$/);
});

test('a token has 256 random bits, and nothing else is it', () => {
  const token = newToken();
  expect(Buffer.from(token, 'base64')).toHaveLength(32);
  expect(newToken()).not.toBe(token);
  expect(isToken(token, token)).toBe(true);
  for (const other of ['', token.slice(1), `${token}=`, token.toLowerCase(), newToken()])
    expect(isToken(other, token)).toBe(false);
});
