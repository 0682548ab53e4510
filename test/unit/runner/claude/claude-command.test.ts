import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentDefinition, parseAgentFile } from '#runner/agents/agent-file.ts';
import { type CommandParts, claudeCommand } from '#runner/claude/claude-command.ts';

const definition = parseAgentFile('---\ncwd: /src\n---\n', 'agent.md', '/home/u', '/r/a');
const parts: CommandParts = {
  claude: '/usr/bin/claude',
  definition,
  settingsFile: '/r/a/run/settings.json',
  systemPromptFile: '/r/a/run/system-prompt.md',
  attachments: '/r/a/inbox/files',
  mcpServer: '{"mcpServers":{}}',
  sessionId: '01a1fc0b-65c1-7a13-a650-68d7794199fb',
  resume: true,
  maxBudgetUsd: 2,
  asks: false,
};
const withDefinition = (changes: Partial<AgentDefinition>) =>
  claudeCommand({ ...parts, definition: { ...definition, ...changes } });

test('where a person can be asked, claude asks through its output', () => {
  expect(claudeCommand({ ...parts, asks: true })).toContain('--permission-prompt-tool=stdio');
  expect(claudeCommand(parts)).not.toContain('--permission-prompt-tool=stdio');
});

test('a plain agent’s command line, word by word', () => {
  expect(claudeCommand(parts)).toEqual([
    '/usr/bin/claude',
    '-p',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    '--permission-mode=manual',
    '--settings=/r/a/run/settings.json',
    '--append-system-prompt-file=/r/a/run/system-prompt.md',
    '--system-prompt-snapshot=off',
    '--add-dir=/r/a/inbox/files',
    '--max-budget-usd=2.0000',
    '--resume=01a1fc0b-65c1-7a13-a650-68d7794199fb',
  ]);
});

test('from turn to turn nothing differs but the session and the money: the prompt cache holds', () => {
  const first = claudeCommand({ ...parts, resume: false, sessionId: 'one', maxBudgetUsd: 0.5 });
  const second = claudeCommand({ ...parts, sessionId: 'two', maxBudgetUsd: 0.123456 });
  expect(first.length).toBe(second.length);
  const differing = first.filter((argument, at) => argument !== second[at]);
  expect(differing).toEqual(['--max-budget-usd=0.5000', '--session-id=one']);
  expect(second.slice(-2)).toEqual(['--max-budget-usd=0.1235', '--resume=two']);
});

test('the permission mode is always given: without one the user’s default would hold', () => {
  for (const permissionMode of ['manual', 'plan', 'bypassPermissions'] as const)
    expect(withDefinition({ permissionMode })).toContain(`--permission-mode=${permissionMode}`);
});

test('every key of agent.md has its flag', () => {
  const command = withDefinition({
    model: 'opus',
    effort: 'high',
    allowedTools: ['Read', 'Bash(npm test)'],
    disallowedTools: ['WebFetch'],
    addDirs: ['/data'],
    settingSources: ['user', 'project'],
    mcpConfig: '/r/a/mcp.json',
    maxTurns: 9,
    extraArgs: ['--betas', 'x'],
  });
  expect(command.slice(9, -2)).toEqual([
    '--add-dir=/r/a/inbox/files',
    '--add-dir=/data',
    '--model=opus',
    '--effort=high',
    '--allowedTools=Read',
    '--allowedTools=Bash(npm test)',
    '--disallowedTools=WebFetch',
    '--setting-sources=user,project',
    '--mcp-config=/r/a/mcp.json',
    '--max-turns=9',
    '--betas',
    'x',
  ]);
});

test('no setting sources at all is said, too: it keeps the project’s hooks out', () => {
  expect(withDefinition({ settingSources: [] })).toContain('--setting-sources=');
});

test('a budget is never nothing and never written as 1e-7', () => {
  for (const maxBudgetUsd of [0, -1, 1e-7, 0.00004])
    expect(claudeCommand({ ...parts, maxBudgetUsd })).toContain('--max-budget-usd=0.0001');
});

test('a hostile value stays inside its one argument', () => {
  const hostile = fc.oneof(
    fc.constantFrom('--dangerously-skip-permissions', '-p', '--', "'; rm -rf /", '$(x)', '\n', 'a b', '*', ''),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, (a, b, c) => {
      const quiet = { model: 'm', allowedTools: ['a'], disallowedTools: ['b'], addDirs: ['c'], mcpConfig: 'd' };
      const loud = { model: a, allowedTools: [b], disallowedTools: [c], addDirs: [a], mcpConfig: b };
      const [expected, command] = [withDefinition(quiet), withDefinition(loud)];
      expect(command.map(flagOf)).toEqual(expected.map(flagOf));
    }),
  );
});

const flagOf = (argument: string) => /^--?[a-zA-Z-]+(?==)/.exec(argument)?.[0] ?? argument;

describe('our MCP server', () => {
  const own = (front: string, more: Partial<CommandParts> = {}) =>
    claudeCommand({
      ...parts,
      ...more,
      definition: parseAgentFile(`---\ncwd: /src\n${front}\n---\n`, 'a', '/home/u', '/r/a'),
    })
      .filter(word => /mcp/.test(word))
      .map(word => word.replace(/^--(mcp-config|allowedTools)=/, '$1 '));

  test('is a process where agent.md says so and nobody holds stdin; its use is allowed by agent.md alone', () => {
    for (const front of ['', 'resident: true', 'resident: false', 'mcp: false']) expect(own(front)).toEqual([]);
    expect(own('mcp: true')).toEqual(['allowedTools mcp__agent-runner', `mcp-config ${parts.mcpServer}`]);
    expect(own('mcp: true', { mcpServer: undefined })).toEqual(['allowedTools mcp__agent-runner']);
  });

  test('stands before the user’s own, which wins where both have a server of one name', () => {
    expect(own('mcp: true\nmcpConfig: /m.json').slice(1)).toEqual([
      `mcp-config ${parts.mcpServer}`,
      'mcp-config /m.json',
    ]);
  });
});
