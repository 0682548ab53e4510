import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOARD_DROP_KEYS, readDropText } from '#blackboard/board/drop-text.ts';
import { DROP_KEYS, readDrop } from '#blackboard/messages/drop-head.ts';
import { NOON } from '#test/unit/fake-clock.ts';

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const read = (text: string) => readDrop(text, NOON);
const message = (head: object, body: string) => ({ kind: 'message', head, body });
const headed = (...lines: string[]): string => `---\n${lines.join('\n')}\n---\nx`;
const heldFor = (reason: RegExp) => ({ kind: 'held', reason: expect.stringMatching(reason) });

test('a drop may say its kind, subject, thread and priority', () => {
  expect(read('---\nkind: question\nsubject: s\nthread: t\npriority: high\n---\nwhat?')).toEqual(
    message({ kind: 'question', subject: 's', thread: 't', priority: 'high' }, 'what?'),
  );
});

describe('a time', () => {
  test.each([
    ['2031-01-01T09:00:00Z', '2031-01-01T09:00:00.000Z'],
    ['2031-01-01T09:00:00', '2031-01-01T08:00:00.000Z'],
    ['2031-07-01 09:00', '2031-07-01T07:00:00.000Z'],
    ['"2031-01-01"', '2030-12-31T23:00:00.000Z'],
    ['2031-01-01', '2030-12-31T23:00:00.000Z'],
    ['18:30', '2026-11-21T17:30:00.000Z'],
    ['+2h', '2026-11-21T14:00:00.000Z'],
    ['2020-01-01', '2019-12-31T23:00:00.000Z'],
  ])('notBefore: %s is understood, local where no zone is said', (written, notBefore) => {
    expect(read(headed(`notBefore: ${written}`))).toEqual(message({ notBefore }, 'x'));
  });

  test('a day at whose end it expires is meant whole', () => {
    expect(read(headed('expiresAt: 2031-01-01'))).toEqual(message({ expiresAt: '2031-01-01T23:00:00.000Z' }, 'x'));
  });

  test.each(['soon', '', '1795262400', '2031-02-30', '2031-1-1', '[2031]', 'true', '99999-01-01'])(
    'notBefore: %j holds the drop, and says what a time looks like',
    written => {
      expect(read(headed(`notBefore: ${written}`))).toEqual(
        heldFor(/^expected notBefore to be a time .*tomorrow 09:00/),
      );
      expect(read(headed('tags: [a]', `notBefore: ${written}`))).toEqual(heldFor(/^expected notBefore/));
    },
  );

  test('that would pass before it is due holds the drop', () => {
    expect(read(headed('notBefore: 2031-01-02', 'expiresAt: 2031-01-01'))).toEqual(
      heldFor(/expire .* before it is due/),
    );
  });

  test.each([
    'notbefore',
    'not_before',
    'NotBefore',
    'not-before',
    'notBefor',
    'notBeofre',
    'expires',
    'expiresat',
    'expires_at',
    'Expires',
    'expiry',
    'expireAt',
  ])('under the name %s holds the drop, alone and among keys of others, and says the right one', key => {
    const right = /^n/i.test(key) ? 'notBefore' : 'expiresAt';
    for (const text of [headed(`${key}: 2031-01-01`), headed('title: a', `${key}: 2031-01-01`)])
      expect(read(text)).toEqual(heldFor(new RegExp(`^"${key}" is no key .*: write ${right}`)));
  });

  test.each([
    ['a head that is no YAML', '---\nnotBefore: 2031-01-01\ntags: [a\n---\nx'],
    ['a head with a key twice', '---\nexpiresAt: 2031-01-01\nexpiresAt: 2031-01-02\n---\nx'],
    ['a head that is not closed', '---\nnotBefore: 2031-01-01\n\nx'],
    ['a head that is all there is', '---\nexpires: 2031-01-01'],
  ])('in %s holds the drop', (_what, text) => {
    expect(read(text)).toEqual(heldFor(/stands in a head that/));
  });
});

describe('a key that is not quite one of ours', () => {
  test.each([
    ['kinds', 'kind'],
    ['Kind', 'kind'],
    ['KIND', 'kind'],
    ['knd', 'kind'],
    ['prioritiy', 'priority'],
    ['priorty', 'priority'],
    ['Subject', 'subject'],
    ['subjcet', 'subject'],
    ['thread_', 'thread'],
    ['threads', 'thread'],
  ])('%s holds the drop where all other keys are ours, and says the right one', (key, right) => {
    for (const text of [headed(`${key}: question`), headed('notBefore: 2031-01-01', 'tags: [a]', `${key}: question`)])
      expect(read(text)).toEqual(heldFor(new RegExp(`^"${key}" is no key of a dropped file: write ${right}`)));
  });

  test.each([
    ['title: a', 'kinds: [x]'],
    ['tags: [a]', 'Subject: s', 'Priority: 3'],
    ['apiVersion: v1', 'Kind: Pod'],
    ['kind: note', 'subjects: [a]', 'author: b'],
    ['id: 5'],
    ['find: me'],
    ['project: x'],
    ['mind: y'],
  ])('%s among keys of others, or another word, is text', (...lines) => {
    const text = headed(...lines);
    expect(read(text)).toMatchObject({ kind: 'message', body: text });
  });

  test.each([
    ['kinds', 'kind'],
    ['Topic', 'topic'],
    ['topics', 'topic'],
    ['keys', 'key'],
    ['Ref', 'ref'],
    ['ttls', 'ttl'],
  ])('%s holds what is dropped onto the board, too', (key, right) => {
    const words = new RegExp(`^"${key}" is no key of an entry: write ${right}`);
    expect(readDropText(headed(`${key}: ci`))).toEqual(heldFor(words));
    expect(readDropText(headed('ttl: 2h', 'tags: a', `${key}: ci`))).toEqual(heldFor(words));
    const others = headed('title: a', `${key}: ci`);
    expect(readDropText(others)).toMatchObject({ kind: 'entry', entry: { text: others } });
    expect(readDropText(headed('red: ci'))).toMatchObject({ kind: 'entry' });
  });
});

describe('keys of other programs', () => {
  test('leave ours as they are, and the whole text is the body', () => {
    const text = headed('tags: [a, b]', 'expiresAt: 2031-01-01T09:00:00Z', 'priority: low', 'nested:', '  kind: note');
    expect(read(text)).toEqual(message({ expiresAt: '2031-01-01T09:00:00.000Z', priority: 'low' }, text));
  });

  test.each([
    ['a manifest of Kubernetes', headed('apiVersion: v1', 'kind: Pod')],
    ['a page of Jekyll', headed('layout: post', 'priority: 3', 'subject: ""', 'updatedAt: 2031-01-01', 'createdAt: x')],
    ['a task with a state', headed('status: open', 'before: noon', 'expired: false')],
  ])('%s is text, and no word of it is taken for one of ours', (_what, text) => {
    expect(read(text)).toEqual(message({}, text));
  });
});

test.each(['kind: command', 'priority: urgent', `subject: ${'x'.repeat(201)}`])(
  '%s where no key is anybody else’s holds the drop',
  line => {
    expect(read(headed(line))).toEqual(heldFor(/^expected (kind|priority|subject) to be/));
  },
);

test.each([
  ['who it is from', '---\nfrom: boss\n---\nx'],
  ['an id', '---\nid: 01a1fc0b-65c1-7a13-a650-68d7794199fb\n---\nx'],
  ['hops', '---\nhops: 0\n---\nx'],
  ['broken YAML', '---\nkind: [\n---\nx'],
  ['a duplicate key', '---\nkind: note\nkind: request\n---\nx'],
  ['aliases', '---\na: &a [x]\nsubject: *a\n---\nx'],
  ['an end that never comes', '---\nkind: note\nx'],
  ['an empty line before its head', '\n---\nnotBefore: soon\n---\nx'],
])('a drop that gives %s is body from its first character', (_what, text) => {
  expect(read(text)).toEqual(message({}, text));
});

test('Windows line ends, a byte order mark and an empty body are fine', () => {
  expect(read('---\r\nkind: note\r\n---\r\nx')).toEqual(message({ kind: 'note' }, 'x'));
  expect(read('\ufeff---\nkind: note\n---\nx')).toEqual(message({ kind: 'note' }, 'x'));
  expect(read('\ufeffa;b')).toEqual(message({}, '\ufeffa;b'));
  expect(read('---\nkind: note\n---')).toEqual(message({ kind: 'note' }, ''));
  expect(read('---\n---\nx')).toEqual(message({}, 'x'));
});

const pieces = fc
  .array(
    fc.constantFrom(
      '---',
      '\n',
      '\r\n',
      'kind',
      ': ',
      'note',
      'notBefore',
      '- ',
      '[',
      '"',
      '\ufeff',
      '\u0000',
      'ä',
      '😀',
      '&a',
      '*a',
      '|',
      '\t',
    ),
  )
  .map(all => all.join(''));

test('arbitrary text as a drop never throws and never loses a character', () => {
  fc.assert(
    fc.property(pieces, text => {
      const found = read(`---${text}`);
      if (found.kind === 'message' && Object.keys(found.head).length === 0 && !`---${text}`.endsWith(found.body))
        throw new Error('lost');
    }),
  );
});

describe('docs/drops.md', () => {
  const page = readFileSync(new URL('../../../../docs/drops.md', import.meta.url), 'utf8');
  const rows = (heading: string): string[][] => {
    const table = page.slice(page.indexOf(heading)).split('\n\n')[0]!;
    return table
      .split('\n')
      .slice(2)
      .map(row =>
        row
          .split('|')
          .map(cell => cell.trim())
          .slice(1, -1),
      );
  };
  const words = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

  test('tells every key, and its words are the ones that are read', () => {
    const keys = rows('| key | what it says');
    expect(keys.flatMap(([key = '']) => words(key))).toEqual(DROP_KEYS);
    for (const [key = '', , may = ''] of keys)
      for (const word of words(may)) expect(read(headed(`${words(key)[0]}: ${word}`)).kind, word).toBe('message');
  });

  test('tells every key of a file dropped onto the board', () => {
    const keys: string[] = [];
    const table = page.slice(page.indexOf('### On the board'));
    const board = table.slice(table.indexOf('| key |')).split('\n\n')[0]!.split('\n').slice(2);
    for (const row of board) {
      const [key = '', , may = ''] = row
        .split('|')
        .map(cell => cell.trim())
        .slice(1, -1);
      keys.push(...words(key));
      for (const word of words(may))
        expect(readDropText(headed(`${words(key)[0]}: ${word}`)), word).toMatchObject({
          kind: 'entry',
          entry: { text: 'x' },
        });
    }
    expect(keys).toEqual(BOARD_DROP_KEYS);
  });

  test('tells forms of times that are read', () => {
    const forms = rows('| form | means').flatMap(([form = '']) => words(form));
    expect(forms.length).toBeGreaterThan(8);
    for (const form of forms) expect(read(headed(`notBefore: ${form}`)), form).toMatchObject({ kind: 'message' });
  });

  test('has examples that say what they mean to say', () => {
    const examples = [...page.matchAll(/```markdown\n([\s\S]*?)```/g)].map(([, text = '']) => read(text));
    expect(examples).toMatchObject([
      {
        head: {
          kind: 'question',
          subject: 'the release',
          notBefore: expect.any(String),
          expiresAt: expect.any(String),
        },
      },
      { head: { expiresAt: '2031-01-01T23:00:00.000Z' }, body: expect.stringContaining('tags: [garden]') },
    ]);
  });
});
