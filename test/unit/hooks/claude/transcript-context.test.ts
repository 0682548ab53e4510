import { expect, test } from 'vitest';
import { contextAtEnd } from '#hooks/claude/transcript-context.ts';

const answer = (tokens: number, more: object = {}) => ({
  type: 'assistant',
  message: {
    model: 'claude-opus-5-5',
    usage: { input_tokens: 1, cache_read_input_tokens: tokens - 3, cache_creation_input_tokens: 2 },
  },
  ...more,
});
const jsonl = (...records: object[]) => records.map(record => `${JSON.stringify(record)}\n`).join('');

test.each<[string, string, ReturnType<typeof contextAtEnd>]>([
  ['the last request counts', jsonl(answer(10), answer(500)), { tokens: 500, model: 'claude-opus-5-5' }],
  [
    'not a sub-agent’s',
    jsonl(answer(10), answer(500, { isSidechain: true })),
    { tokens: 10, model: 'claude-opus-5-5' },
  ],
  [
    'not an error of the API',
    jsonl(answer(10), answer(500, { isApiErrorMessage: true })),
    { tokens: 10, model: 'claude-opus-5-5' },
  ],
  [
    'not what claude wrote itself',
    jsonl(answer(10), { type: 'assistant', message: { model: '<synthetic>', usage: {} } }),
    { tokens: 10, model: 'claude-opus-5-5' },
  ],
  [
    'a line that is cut off does not count',
    `${jsonl(answer(10))}{"type":"assistant","mess`,
    { tokens: 10, model: 'claude-opus-5-5' },
  ],
  [
    'a summary has replaced it',
    jsonl(answer(500), { type: 'system', subtype: 'compact_boundary', compactMetadata: { postTokens: 40 } }),
    { tokens: 40, model: 'claude-opus-5-5' },
  ],
  [
    'a summary that does not say how long it is',
    jsonl(answer(500), { type: 'system', subtype: 'compact_boundary' }),
    { tokens: 0, model: 'claude-opus-5-5' },
  ],
  ['nothing was asked', jsonl({ type: 'user', message: { content: 'x' } }), null],
])('%s', (_case, text, expected) => {
  expect(contextAtEnd(text)).toEqual(expected);
});
