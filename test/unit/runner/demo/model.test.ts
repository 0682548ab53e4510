import { expect, it } from 'vitest';
import { systemPrompt } from '#runner/agents/system-prompt.ts';
import { demoScript, RESULT_FILE, RESULT_TEXT } from '#runner/demo/model.ts';
import { type ModelMessage, parseModelRequest } from '#runner/demo/model-server/model-request.ts';
import { createLineSplitter } from '#runner/text/follow-log.ts';

const script = demoScript('/work');
const ask = (agent: string, messages: ModelMessage[]) =>
  script(parseModelRequest({ system: systemPrompt(agent, ''), messages }, {}, 0));
const prompt: ModelMessage = { role: 'user', content: 'go' };
const round = (result: string): ModelMessage[] => [
  { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: result }] },
];

it('tells the two agents apart by the name in their system prompt', () => {
  expect(ask('planner', [prompt])).toMatchObject({ tools: [{ name: 'Bash' }] });
  expect(ask('worker', [prompt])).toMatchObject({
    tools: [{ name: 'Write', input: { file_path: `/work/${RESULT_FILE}`, content: RESULT_TEXT } }],
  });
  expect(() => ask('stranger', [prompt])).toThrow('of neither');
});

it('the planner reports what its tool said, not what it ought to have said', () => {
  const denied = ask('planner', [prompt, ...round('sent'), ...round('Permission denied')]);
  expect(denied).toMatchObject({ text: expect.stringContaining('Permission denied') });
});

it('lines come whole, also where a character is torn between two pieces', () => {
  const lines = createLineSplitter();
  const bytes = Buffer.from('erste\nzwölf');
  expect([bytes.subarray(0, 9), bytes.subarray(9), null].map(lines)).toEqual([['erste'], [], ['zwölf']]);
});
