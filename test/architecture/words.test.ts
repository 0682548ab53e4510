/** One word for one thing: words that were replaced stay replaced, in identifiers, comments, messages and pages. */
import { describe, expect, test } from 'vitest';
import { FLOORS, listFiles, listPages, readSource } from './source-tree.ts';

/** Each retired word with the one to use. Names are matched as words: `openDoor` and `open-door` are "open door". */
const RETIRED: readonly { word: RegExp; use: string }[] = [
  { word: /\bdoors?\b/, use: 'intake' },
  { word: /\bknock(s|ed|ing)?\b/, use: 'submit' },
  { word: /\bkeepers?\b/, use: 'service, server, trigger or look loop' },
  { word: /\bclimb(s|ed|ing)?\b/, use: 'wake attempts' },
  { word: /\brest place\b/, use: 'participant' },
  { word: /\brest(ed|ing)\b/, use: 'stable, unstable' },
  { word: /\bbarriers?\b/, use: 'pending fsyncs' },
  { word: /\bgive back memory\b/, use: 'trim heap' },
  { word: /\bturn hooks\b/, use: 'TurnEffects' },
  { word: /\bloop signals\b/, use: 'Stopping' },
  { word: /\b(find|make|wake|require) place\b/, use: 'locate, MessageLocation, socket directory, room in a queue' },
  { word: /\banew\b/, use: 'again' },
  { word: /\bwhoever\b/, use: 'the name of the one that does it, or: anyone who' },
  { word: /\b(is|are) none any more\b/, use: 'no longer counts as' },
  { word: /\b(name|versions?|records?|ids?) of before\b/, use: 'earlier, old' },
  { word: /\b(rejects|throws|wakes it|knows) (never|not)\b/, use: 'never rejects, does not wake' },
];

/** Files that may have them, and why. */
const EXCEPT: Readonly<Record<string, string>> = {
  'test/architecture/words.test.ts': 'this list',
  'CHANGELOG.md': 'what it says of a version was said in the words of that version',
};

/** `hasRested`, `has-rested` and `has_rested` as the words they are made of. */
const asWords = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/(?<=\w)[-_](?=\w)/g, ' ')
    .toLowerCase();

/** Lines in which a retired word stands: `path:line: word, use …`. */
const retiredIn = (path: string, text: string): string[] =>
  asWords(text)
    .split('\n')
    .flatMap((line, at) =>
      RETIRED.flatMap(({ word, use }) => {
        const found = word.exec(line)?.[0];
        return found === undefined ? [] : [`${path}:${at + 1}: "${found}", use: ${use}`];
      }),
    );

/** Texts of a test, such as what a user sends, are not our words. */
const withoutStrings = (code: string): string =>
  code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g, found =>
    found.startsWith('/') ? found : found.replace(/[^\n]/g, ' '),
  );

test('a retired word stands in no source: name, comment or message', () => {
  const sources = listFiles([...FLOORS, 'scripts'], ['.ts', '.mjs', '.sh']);
  expect(sources.flatMap(path => [...retiredIn(path, path), ...retiredIn(path, readSource(path))])).toEqual([]);
});

test('a retired word stands in no name or comment of the tests', () => {
  const tests = listFiles(['test'], ['.ts', '.mjs', '.sh']).filter(path => !(path in EXCEPT));
  expect(
    tests.flatMap(path => [...retiredIn(path, path), ...retiredIn(path, withoutStrings(readSource(path)))]),
  ).toEqual([]);
});

test('a retired word stands on no page', () => {
  const current = listPages().filter(path => !(path in EXCEPT));
  expect(current.flatMap(path => retiredIn(path, readSource(path)))).toEqual([]);
});

describe('a retired word is found', () => {
  test.each([
    ['in a name', 'const open = createDoor();', '"door"'],
    ['in a comment', '// Whoever comes next.', '"whoever"'],
    ['in a path', '../wake/topic-keeper.ts', '"keeper"'],
    ['in two words', 'if (hasRested(drop)) return;', '"rested"'],
  ])('%s', (_where, text, word) => {
    expect(retiredIn('x.ts', text)).toEqual([expect.stringContaining(word)]);
  });

  test('and the words of today are not', () => {
    expect(retiredIn('x.ts', 'createIntake(); // Anyone who rests, the rest: again.')).toEqual([]);
    expect(retiredIn('x.ts', withoutStrings("send('paint the door');"))).toEqual([]);
  });
});
