import { describe, expect, test } from 'vitest';
import type { CardEnd } from '#blackboard/cards/card.ts';
import { cardOf, decisionOf, isCutQuestion, type PermissionRequest } from '#hooks/claude/permission-request.ts';
import { parseStreamLine } from '#hooks/claude/stream.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';

/** As claude 2.1.332 prints it. */
const line = (more: Record<string, unknown> = {}) =>
  JSON.stringify({
    type: 'control_request',
    request_id: 'q',
    request: {
      subtype: 'can_use_tool',
      tool_name: 'Bash',
      input: { command: 'touch a' },
      tool_use_id: 'toolu_1',
      permission_suggestions: [
        {
          type: 'addRules',
          rules: [{ toolName: 'Bash', ruleContent: 'touch a *' }],
          behavior: 'allow',
          destination: 'localSettings',
        },
        { type: 'addDirectories', directories: ['/cwd'], destination: 'session' },
        { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
      ],
      ...more,
    },
  });
const request = (more: Record<string, unknown> = {}): PermissionRequest => {
  const event = parseStreamLine(line(more));
  if (event.type !== 'asked') throw new Error(event.type);
  return event;
};
const allowed = (always: boolean): CardEnd => ({ kind: 'allowed', at: '', by: 'operator', always });

test('what is asked, and only rules of what claude suggests', () => {
  expect(request()).toEqual({
    type: 'asked',
    requestId: 'q',
    call: 'toolu_1',
    tool: 'Bash',
    input: { command: 'touch a' },
    reason: null,
    rules: [{ toolName: 'Bash', ruleContent: 'touch a *' }],
  });
});

test.each([
  '{"type":"control_request","request_id":"q","request":{"subtype":"hook_callback"}}',
  '{"type":"control_request"}',
])('another control request asks no person: %s', text => expect(parseStreamLine(text).type).toBe('other'));

test('a request that is taken back', () => {
  expect(parseStreamLine('{"type":"control_cancel_request","request_id":"q"}')).toEqual({
    type: 'askEnded',
    requestId: 'q',
  });
});

describe('what claude is answered', () => {
  test('allowed: with the arguments that were asked about, and no more than that', () => {
    expect(decisionOf(request(), allowed(false), request().rules)).toEqual({
      behavior: 'allow',
      updatedInput: { command: 'touch a' },
    });
  });

  test('always: the rules alone, never another permission mode', () => {
    expect(decisionOf(request(), allowed(true), request().rules)).toMatchObject({
      updatedPermissions: [{ type: 'addRules', rules: request().rules, behavior: 'allow', destination: 'session' }],
    });
    expect(JSON.stringify(decisionOf(request(), allowed(true), request().rules))).not.toMatch(/setMode|addDirectories/);
  });

  test.each<CardEnd>([
    { kind: 'denied', at: '', by: 'operator', reason: 'not here' },
    { kind: 'expired', at: '' },
    { kind: 'withdrawn', at: '', reason: 'over' },
  ])('$kind: denied, with the reason', end => {
    const decision = decisionOf(request(), end, []) as { behavior: string; message: string };
    expect(decision.behavior).toBe('deny');
    expect(decision.message).toContain('reason' in end ? end.reason : 'in time');
  });

  test('a question: the answers go back with what was asked', () => {
    const asked = { questions: [{ question: 'Which?', options: [{ label: 'A' }, { label: 'B', description: 'b' }] }] };
    const ask = request({ tool_name: 'AskUserQuestion', input: asked });
    expect(cardOf(ask)).toEqual({
      kind: 'question',
      questions: [
        {
          question: 'Which?',
          several: false,
          options: [
            { label: 'A', description: '' },
            { label: 'B', description: 'b' },
          ],
        },
      ],
    });
    expect(decisionOf(ask, { kind: 'answered', at: '', by: 'operator', answers: { 'Which?': 'B' } }, [])).toEqual({
      behavior: 'allow',
      updatedInput: { ...asked, answers: { 'Which?': 'B' } },
    });
  });
});

test('a plan is a card of its own kind; a question without options is a permission', () => {
  expect(cardOf(request({ tool_name: 'ExitPlanMode', input: { plan: '1. go' } }))).toEqual({
    kind: 'plan',
    questions: [],
  });
  expect(cardOf(request({ tool_name: 'AskUserQuestion', input: { odd: 1 } })).kind).toBe('permission');
});

describe('a question that nobody could answer any more', () => {
  const result = (text: string, id = 'toolu_1') =>
    JSON.stringify({
      type: 'user',
      message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, is_error: true, content: text }] },
    });
  const CUT = 'Tool permission request failed: AbortError: aborted';

  test('is told from a denial, and from a tool’s own words', () => {
    expect(summarizeStream(`${line()}\n${result(CUT)}\n`).hasCutQuestion).toBe(true);
    expect(summarizeStream(`${line()}\n${result('denied by a person')}\n`).hasCutQuestion).toBe(false);
    expect(summarizeStream(`${result(CUT)}\n`).hasCutQuestion, 'nobody was asked').toBe(false);
    expect(summarizeStream(`${line()}\n${result(CUT, 'another')}\n`).hasCutQuestion).toBe(false);
    expect(isCutQuestion(CUT)).toBe(true);
  });
});
