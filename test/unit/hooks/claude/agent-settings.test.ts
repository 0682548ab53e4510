import { expect, test } from 'vitest';
import { agentSettings, submittedCommand } from '#hooks/claude/agent-settings.ts';
import { CHANGING_TOOLS } from '#hooks/claude/changing-tools.ts';

const parsed = (user?: Record<string, unknown>) => JSON.parse(agentSettings(user));
const ours = { hooks: [{ type: 'command', command: submittedCommand, timeout: 10 }] };

test('alone they are our keys and our hook, which a claude that says itself what it has taken up does not need', () => {
  expect(parsed()).toEqual({
    crossSessionInbound: 'refuse',
    disableAllHooks: false,
    env: {},
    hooks: { UserPromptSubmit: [ours] },
    permissions: { deny: [] },
  });
  expect(JSON.parse(agentSettings({}, { env: {}, allow: [], deny: [], saysItself: true })).hooks).toEqual({});
});

test("the turn's own variables and denials go over the user's, and beside them", () => {
  const turn = { env: { AGENT_RUNNER_TURN_DIR: '/t' }, allow: [], deny: ['Edit(//r/agents)'] };
  const user = {
    env: { AGENT_RUNNER_TURN_DIR: '/elsewhere', THEIRS: '1' },
    permissions: { allow: ['Bash'], deny: ['Read(./x)'] },
  };
  expect(JSON.parse(agentSettings(user, turn))).toMatchObject({
    env: { AGENT_RUNNER_TURN_DIR: '/t', THEIRS: '1' },
    permissions: { allow: ['Bash'], deny: ['Read(./x)', 'Edit(//r/agents)'] },
  });
  for (const odd of ['none', null, [], 1])
    expect(JSON.parse(agentSettings({ env: odd, permissions: odd }, turn))).toMatchObject({
      env: turn.env,
      permissions: { deny: turn.deny },
    });
  expect(JSON.parse(agentSettings({ permissions: { deny: 'x' } }, turn)).permissions).toEqual({ deny: turn.deny });
  expect(JSON.parse(agentSettings(user, { ...turn, allow: ['Bash(touch *)'] })).permissions.allow).toEqual([
    'Bash',
    'Bash(touch *)',
  ]);
});

test("the user's hooks stay beside ours, and the user's settings stay", () => {
  const theirs = { matcher: '', hooks: [{ type: 'command', command: 'theirs' }] };
  const settings = parsed({ model: 'opus', hooks: { UserPromptSubmit: [theirs], PreToolUse: [theirs] } });
  expect(settings.model).toBe('opus');
  expect(settings.hooks).toEqual({
    PreToolUse: [theirs],
    UserPromptSubmit: [theirs, ours],
  });
});

test('our two keys win over the user', () => {
  expect(parsed({ disableAllHooks: true, crossSessionInbound: 'accept' })).toMatchObject({
    disableAllHooks: false,
    crossSessionInbound: 'refuse',
  });
});

test('hooks of the wrong shape are dropped instead of taking ours with them', () => {
  for (const hooks of ['none', null, [], { UserPromptSubmit: 'x' }]) {
    expect(parsed({ hooks }).hooks.UserPromptSubmit, JSON.stringify(hooks)).toEqual([ours]);
  }
});

test('the same settings in another order are the same bytes, and the given object is left alone', () => {
  const one = { b: { y: 1, x: [2, 1] }, a: 1, hooks: { Stop: [{ hooks: [] }] } };
  const other = { hooks: { Stop: [{ hooks: [] }] }, a: 1, b: { x: [2, 1], y: 1 } };
  expect(agentSettings(one)).toBe(agentSettings(other));
  expect(agentSettings(one)).not.toBe(agentSettings({ ...one, b: { y: 1, x: [1, 2] } }));
  expect(one.hooks.Stop).toEqual([{ hooks: [] }]);
});

test('before a tool changes a file, the turn’s own command is asked, beside the user’s hooks', () => {
  const theirs = { matcher: 'Bash', hooks: [{ type: 'command', command: 'theirs' }] };
  const text = agentSettings(
    { hooks: { PreToolUse: [theirs] } },
    { env: {}, allow: [], deny: [], beforeChange: 'ours' },
  );
  const hooks = [{ type: 'command', command: 'ours', timeout: 10 }];
  expect(JSON.parse(text).hooks.PreToolUse).toEqual([theirs, { matcher: CHANGING_TOOLS, hooks }]);
});
