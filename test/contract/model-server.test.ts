// The model server over HTTP, and its pure parts: what a request asks, which directives stand in it, what is a
// side request.
import { expect, it } from 'vitest';
import type { ModelBody } from '#runner/demo/model-server/model-request.ts';
import { parseModelRequest } from '#runner/demo/model-server/model-request.ts';
import { text, tool } from '#runner/demo/model-server/reply.ts';
import { sideRequestOf } from '#runner/demo/model-server/side-request.ts';
import { directives, parseDirectives } from '#test/support/model/directives.ts';
import { apiError } from '#test/support/model/failures.ts';
import { sequence } from '#test/support/model/sequence.ts';
import { startModelServer } from '#test/support/model/server.ts';

const ask = (prompt: string, more: object = {}) => ({
  model: 'm',
  messages: [{ role: 'user', content: prompt }],
  ...more,
});

async function post(url: string, body: object): Promise<{ status: number; words: string }> {
  const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, words: await answer.text() };
}

it('answers streamed and whole, records requests, and stays on this machine', async () => {
  await using server = await startModelServer(
    sequence([text('déjà 🦊 vu', { deltaChars: 1 }), tool('Bash', { command: 'ls' })]),
  );
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const streamed = (await post(server.url, ask('a', { stream: true }))).words;
  const deltas = [...streamed.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!).delta?.text ?? '');
  expect(deltas.join('')).toBe('déjà 🦊 vu');
  const whole = JSON.parse((await post(server.url, ask('b'))).words);
  expect(whole).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', input: { command: 'ls' } }] });
  expect((await post(server.url, ask('c'))).words).toContain('2 replies is used up');
  expect(server.turns().map(request => request.body.messages?.[0]?.content)).toEqual(['a', 'b', 'c']);
});

it('answers side requests by itself, without using up a reply', async () => {
  await using server = await startModelServer(sequence([text('mine')]));
  const schema = { type: 'object', properties: { title: { type: 'string' } } };
  const title = await post(server.url, ask('x', { output_config: { format: { type: 'json_schema', schema } } }));
  expect(JSON.parse(JSON.parse(title.words).content[0].text)).toEqual({ title: 'Model server' });
  const tokens = await fetch(`${server.url}/v1/messages/count_tokens`, { method: 'POST', body: '{}' });
  expect(await tokens.json()).toEqual({ input_tokens: 10 });
  expect((await fetch(`${server.url}/api/hello`, { method: 'HEAD' })).status).toBe(200);
  expect((await post(server.url, ask('y'))).words).toContain('mine');
  expect(server.requests.map(request => request.side)).toEqual(['structured', 'count-tokens', 'not-messages', null]);
});

it('tells a compaction by its first line only if the request has tools', () => {
  const prompt = 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n…';
  expect(sideRequestOf('POST', '/v1/messages', ask(prompt, { tools: [{ name: 'Bash' }] }))).toBe('compact');
  expect(sideRequestOf('POST', '/v1/messages', ask(prompt))).toBe(null);
});

it('obeys directives step by step through tool results, and echoes when there is nothing to obey', async () => {
  const script = directives();
  const talk: ModelBody = ask('@\u2060@SAY so@@ @@TOOL Bash {"command":"ls"}@@ @@SAY done@@');
  const next = () => script(parseModelRequest(talk, {}, 0));
  expect(next()).toMatchObject({ text: 'so', tools: [{ name: 'Bash', input: { command: 'ls' } }] });
  talk.messages!.push(
    { role: 'assistant', content: [{ type: 'tool_use', name: 'Bash' }] },
    { role: 'user', content: [{ type: 'tool_result', content: 'files' }] },
    { role: 'system', content: 'some reminder' },
  );
  expect(next()).toMatchObject({ text: 'done' });
  talk.messages!.push({ role: 'assistant', content: 'done' }, { role: 'user', content: `plain ${'x'.repeat(300)}` });
  expect(next()).toMatchObject({ text: `plain ${'x'.repeat(194)}` });
});

it('fails as often as an ERROR directive says, then goes on, and reads only the newest of merged prompts', () => {
  const script = directives();
  const content = [
    { type: 'text', text: '@@HANG@@' },
    { type: 'text', text: '<system-reminder>@@CUT@@</system-reminder>' },
    { type: 'text', text: '@@ERROR 429 2 retry-after=1@@ @@DELAY 5@@ @@SAY well@@' },
  ];
  const request = parseModelRequest({ messages: [{ role: 'user', content }] }, {}, 0);
  const failure = apiError(429, 'scripted error 429', { headers: { 'retry-after': '1' }, delayMs: 5 });
  expect([script(request), script(request), script(request)]).toEqual([failure, failure, text('well', { delayMs: 5 })]);
});

it('takes the words of a Stop hook for a prompt, with or without the tags of a reminder around them', () => {
  const feedback = 'Stop hook feedback:\nand the tests?';
  const asked = (content: string) => parseModelRequest({ messages: [{ role: 'user', content }] }, {}, 0).prompt;
  expect(asked(feedback)).toBe(feedback);
  expect(asked(`<system-reminder>\nWhat a hook says.\n${feedback}\n</system-reminder>`)).toBe('and the tests?');
  expect(asked('<system-reminder>\nother words\n</system-reminder>')).toBe('');
});

it('reads several directives in one text', () => {
  expect(parseDirectives('a @@DELAY 5@@ b @@SAY two\nlines@@@@HANG@@')).toEqual([
    { verb: 'DELAY', rest: '5' },
    { verb: 'SAY', rest: 'two\nlines' },
    { verb: 'HANG', rest: '' },
  ]);
});
