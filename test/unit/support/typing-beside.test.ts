// The check of what became of texts and words can fail, in each of its ways.
import { expect, test } from 'vitest';
import { faultsIn, type Told, toldBy } from '#test/support/typing-beside.ts';

const TEXT = '[agent-runner] m001 @@SAY ok@@';
const faults = (as: Told['as'], prompts: string[], left: string[] = [], words: string[] = []) =>
  faultsIn([{ text: TEXT, as }], words, { prompts, left });

test('what is as it was told is no fault', () => {
  expect(faults('sent', [TEXT, 'bcfhj'], [], ['bcfhj'])).toEqual([]);
  expect(faults('refused', [], ['bcfhj'], ['bcfhj'])).toEqual([]);
  expect(faults('unsent', [], [`bc${TEXT}fhj`], ['bcfhj'])).toEqual([]);
  expect(faults('astray', [TEXT, 'bc', 'fhj'], [], ['bcfhj'])).toEqual([]);
  expect(faults('mixed', [`${TEXT}bcf`, 'hj'], [], ['bcfhj'])).toEqual([]);
});

test.each<[string, string[], RegExp]>([
  ['a word that is nowhere', faults('refused', [], [], ['bcfhj']), /has typed 1 b, and 0/],
  ['a draft that was cut without a word', faults('sent', [TEXT, 'bc', 'fhj'], [], ['bcfhj']), /were cut/],
  ['a text that is lost', faults('sent', []), /told as sent/],
  ['one that has a draft in it', faults('sent', [`bcf${TEXT}`]), /told as sent/],
  ['one that is there twice', faults('sent', [TEXT, TEXT]), /twice/],
  ['one that was sent and is in the box again', faults('sent', [TEXT], [TEXT]), /twice/],
  ['one that was refused and sent', faults('refused', [TEXT]), /was refused/],
  ['one that was told as not sent, and was', faults('unsent', [TEXT]), /not sent/],
  ['one that was told as mixed, and was not', faults('mixed', [TEXT]), /mixed/],
  ['one of which nobody knows', faults('unproven', [TEXT]), /nobody knows/],
])('%s is a fault', (_, found, words) => {
  expect(found.join()).toMatch(words);
});

test.each([
  [0, '', 'sent'],
  [75, 'agent-runner: mixed: somebody typed at the same time', 'mixed'],
  [75, 'agent-runner: the text is not seen: Enter was not pressed, and nothing was sent', 'unsent'],
  [75, 'agent-runner: Enter was pressed, but nothing proves that the text was sent', 'unproven'],
  [75, 'agent-runner: it was sent, but its draft is not seen to be back in the box', 'astray'],
  [75, 'agent-runner: Ctrl+S was pressed, but it is not seen', 'unsent'],
  [75, 'agent-runner: the draft in the pane w:0.0 is not put aside: a turn runs', 'refused'],
  [75, 'agent-runner: send is refused in the pane work:1.0', 'refused'],
])('exit %i with %j is told as such', (code, stderr, as) => {
  expect(toldBy(TEXT, { code, stderr }).as).toBe(as);
});
