// What a model sends as arguments, held against what a tool takes.
import { describe, expect, test } from 'vitest';
import { checkedArguments, inputSchema } from '#runner/mcp/arguments.ts';

const taken = {
  to: { type: 'text', isRequired: true, about: 'a peer' },
  kind: { type: 'text', oneOf: ['note', 'task'] },
  except: { type: 'texts' },
  seconds: { type: 'whole', most: 60 },
  renew: { type: 'flag' },
} as const;
const check = (came: unknown) => checkedArguments('tell', taken, came);

test('the schema says each argument once, and which must be there', () => {
  expect(inputSchema(taken)).toEqual({
    type: 'object',
    properties: {
      to: { type: 'string', description: 'a peer' },
      kind: { type: 'string', enum: ['note', 'task'] },
      except: { type: 'array', items: { type: 'string' } },
      seconds: { type: 'integer' },
      renew: { type: 'boolean' },
    },
    required: ['to'],
  });
  expect(inputSchema({})).toEqual({ type: 'object', properties: {} });
});

test('what was sent as another type, and can only mean one thing, is taken', () => {
  expect(check({ to: 12, seconds: '12' })).toMatchObject({ to: '12', seconds: 12 });
  expect(check({ to: 'a', except: 'b' })).toMatchObject({ except: ['b'] });
  expect(check({ to: 'a', kind: null, except: ['b', 7] })).toMatchObject({ kind: undefined, except: ['b', '7'] });
  expect([true, 'true', 'false'].map(renew => check({ to: 'a', renew }).renew)).toEqual([true, true, false]);
  expect(check({ to: '' })).toMatchObject({ to: '' });
});

describe('an error says what was expected, what came, and what to do', () => {
  test.each<[string, unknown, string]>([
    ['nothing', {}, 'tell: "to": expected a text, got nothing'],
    ['an object for a text', { to: { a: 1 } }, '"to": expected a text, got {'],
    ['a number whose digits are lost', { to: 2 ** 60 }, '"to": expected a text, got 1152921504606847000'],
    ['a number that is no whole one', { to: 1.5 }, '"to": expected a text, got 1.5'],
    ['a word that is none of them', { to: 'a', kind: 'shout' }, '"kind": expected one of note, task, got "shout"'],
    ['too many', { to: 'a', seconds: 61 }, '"seconds": expected a whole number from 0 to 60, got 61'],
    ['less than nothing', { to: 'a', seconds: '-1' }, '"seconds": expected a whole number from 0 to 60, got "-1"'],
    ['a flag that is none', { to: 'a', renew: 'yes' }, '"renew": expected true or false, got "yes"'],
    [
      'an unknown name',
      { to: 'a', file: 'x' },
      '"file": it has no such argument, only to, kind, except, seconds, renew',
    ],
    ['a list', [], 'tell expects an object of arguments, got []'],
    ['a text', 'to', 'tell expects an object of arguments, got "to"'],
    ['a list with something else in it', { to: 'a', except: [{}] }, '"except": expected a list of texts, got [{}]'],
    ['a name of every object', { to: 'a', constructor: 1 }, '"constructor": it has no such argument'],
  ])('%s', (_what, came, sentence) => {
    const error = caught(() => check(came));
    expect(error.message).toContain(sentence);
    expect(error).toMatchObject({ exit: 64, hint: expect.stringContaining('Nothing was done') });
  });

  test('all mistakes at once, as far as they can be read', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`x${at}`, at]));
    const { message } = caught(() => check({ kind: 1, ...many }));
    expect(message).toContain('"to": expected a text');
    expect(message).toContain('"kind": expected one of');
    expect(message.length).toBeLessThan(1_000);
  });

  test('long and unprintable values are cut and escaped', () => {
    const { message } = caught(() => check({ to: 'a', kind: `\u001b[2J\u202e${'y'.repeat(9_999)}` }));
    expect(message).toContain('\\u001b[2J\\u202eyyy');
    expect(message).toContain('(10004 characters)');
  });
});

function caught(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
