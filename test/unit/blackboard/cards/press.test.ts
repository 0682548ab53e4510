import { expect, test } from 'vitest';
import { issueWord, type Press, parsePressed, takeWord } from '#blackboard/cards/press.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const CARD = '01234567-89ab-7def-8123-456789abcdef';
const press: Press = { card: CARD, verb: 'approve' };
const WORDS = '/words';

async function issued() {
  const files = createMemoryFiles(() => 1_000);
  files.prepare('/');
  return { files, word: await issueWord(files, WORDS, press, 1_000) };
}

test('a word counts once', async () => {
  const { files, word } = await issued();
  expect(await takeWord(files, WORDS, word, press, 1_001)).toBeNull();
  expect(await takeWord(files, WORDS, word, press, 1_001)).toBe('it was used before');
});

test('two that come at once do not both have it', async () => {
  const { files, word } = await issued();
  const both = await Promise.all([1, 2].map(() => takeWord(files, WORDS, word, press, 1_001)));
  expect(both.filter(each => each === null)).toHaveLength(1);
});

test('it counts for its card, its verb and a minute', async () => {
  const { files, word } = await issued();
  const other = CARD.replace('0', '1');
  expect(await takeWord(files, WORDS, word, { ...press, card: other }, 1_001)).toBe('its button is for something else');
  expect(await takeWord(files, WORDS, word, { ...press, verb: 'deny' }, 1_001)).toBe(
    'its button is for something else',
  );
  expect(await takeWord(files, WORDS, word, press, 1_000 + limits.pressMs)).toBe('its button was pressed too long ago');
  expect(await takeWord(files, WORDS, word, press, 1_001 - limits.pressMs), 'the clock was set back').not.toBeNull();
  expect(await takeWord(files, WORDS, `${word}0`, press, 1_001)).toBe('no button was given this word');
  expect(await takeWord(files, WORDS, '../words', press, 1_001)).toBe('no button was given this word');
});

test('it stands in no file', async () => {
  const { files, word } = await issued();
  for (const name of await files.list(WORDS)) {
    expect(name).not.toContain(word);
    expect(new TextDecoder().decode((await files.read(`${WORDS}/${name}`))!)).not.toContain(word);
  }
});

test('what is not a pressed button of ours is none', () => {
  const nonce = 'a'.repeat(32);
  const pressed = { nonce, card: CARD, verb: 'approve' };
  expect(parsePressed(JSON.stringify(pressed))).toEqual(pressed);
  for (const wrong of [{ nonce: 'x' }, { card: '../x' }, { card: 1 }, { verb: 'plugin install' }, { verb: 'toString' }])
    expect(parsePressed(JSON.stringify({ ...pressed, ...wrong })), JSON.stringify(wrong)).toBeNull();
  for (const text of ['', '{', 'null', '[]', JSON.stringify(pressed).slice(0, -1)])
    expect(parsePressed(text)).toBeNull();
});
