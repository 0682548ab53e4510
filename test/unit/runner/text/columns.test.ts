import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { exampleTo } from '#runner/cli/terminal/examples.ts';
import { columnsOf, commandLines, cutTo, cutToEnd, terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { table } from '#runner/text/terminal.ts';

it.each([
  ['plain', 5],
  ['日本', 4],
  ['한글', 4],
  ['e\u0301', 1],
  ['क्', 1],
  ['\u001b[1mbold\u001b[0m', 4],
  ['—…', 2],
])('%j takes %i columns', (text, columns) => expect(columnsOf(text)).toBe(columns));

describe('cutTo', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['two words', 5, 'two…'],
  ])('%j in %i columns is %j', (text, columns, cut) => expect(cutTo(text, columns)).toBe(cut));

  test('never takes more than it may', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
        expect(columnsOf(cutTo(text, columns))).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 100 },
    ));
});

describe('wrapTo', () => {
  it('leaves a text alone that fits, and any where there is no terminal', () => {
    expect(wrapTo('a b\n', 3)).toBe('a b\n');
    expect(wrapTo('long '.repeat(40), null)).toBe('long '.repeat(40));
  });

  it('breaks between words, below the beginning or below the value', () => {
    expect(wrapTo('  one two three', 10)).toBe('  one two\n    three');
    expect(wrapTo('  state   it is parked: no key', 24)).toBe('  state   it is parked:\n          no key');
  });

  it('keeps a word whole that is longer than the line: a path can be copied', () => {
    expect(wrapTo('  cwd  /a/very/long/path/to/it here', 16)).toBe('  cwd  /a/very/long/path/to/it\n       here');
  });

  test.each([60, 80, 120])('at %i columns no line is longer, and no word is lost or broken', columns =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 60 }), words => {
        const wrapped = wrapTo(`  ${words.join(' ')}`, columns);
        expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(words);
        for (const line of wrapped.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 50 },
    ),
  );
});

test('an example that is too long goes on behind a backslash, never within quotes', () => {
  const example = 'agent-runner send reviewer --file report.pdf "read this one"';
  expect(exampleTo(example, null)).toBe(`  ${example}`);
  expect(exampleTo(example, 40)).toBe('  agent-runner send reviewer --file \\\n      report.pdf "read this one"');
});

test('a terminal that does not say how wide it is has 80 columns; a pipe has no width', () => {
  expect([terminalColumns({ isTTY: true, columns: 60 }), terminalColumns({ isTTY: true, columns: 0 })]).toEqual([
    60, 80,
  ]);
  expect(terminalColumns({})).toBe(null);
});

test('what commands are for stands behind them in one column where all have room, else before each; a command is never broken', () => {
  const commands = [
    ['agent-runner start', 'run it'],
    ['cp task.md /a/long/way/to/an/inbox/', 'any file is work'],
    ['ls'],
  ] as const;
  expect(commandLines(commands, 80)).toBe(
    `  agent-runner start${' '.repeat(22)}# run it\n  cp task.md /a/long/way/to/an/inbox/     # any file is work\n  ls\n`,
  );
  const narrow =
    '  # run it\n  agent-runner start\n  # any file is work\n  cp task.md /a/long/way/to/an/inbox/\n  ls\n';
  expect(commandLines(commands, 50)).toBe(narrow);
  expect(wrapTo(narrow, 20)).toContain('  cp task.md /a/long/way/to/an/inbox/\n');
});

test('what an agent wrote has its mark in every line that it is wrapped into', () => {
  expect(wrapTo('    │ run   this one and then approve it', 20)).toBe(
    ['    │ run   this one', '    │ and then', '    │ approve it'].join('\n'),
  );
});

test('of a path the end stays', () => {
  expect([cutToEnd('/src/app/parser', 10), cutToEnd('/a', 10), cutToEnd('設計/設計書', 8)]).toEqual([
    '…pp/parser',
    '/a',
    '…/設計書',
  ]);
  const columns = [{ head: 'WHAT', shrinks: true, keepsEnd: true }, { head: 'BY' }];
  expect(table(columns, [['/home/someone/src/app/parser/**', 'worker']], 24)).toBe(
    'WHAT              BY\n…c/app/parser/**  worker\n',
  );
});

test('a row of several columns goes on below its last one, and keeps its gaps', () => {
  const row = 'ok    root         /tmp/a is yours alone, and nobody else can write there';
  expect(wrapTo(row, 50)).toBe(
    ['ok    root         /tmp/a is yours alone, and', '                   nobody else can write there'].join('\n'),
  );
  expect(wrapTo('user     absent     /a/path/that/is/longer/than/the/rest.json', 45)).toBe(
    ['user     absent', '  /a/path/that/is/longer/than/the/rest.json'].join('\n'),
  );
});
