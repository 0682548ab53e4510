import { expect, test } from 'vitest';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { lentCommand } from '#runner/claude/lent-claude.ts';

const commandOf = (front: string, text = '') =>
  lentCommand({
    executable: '/bin/claude',
    definition: parseAgentFile(`---\ncwd: /\n${front}---\n${text}`, 'agent.md', '/home/u', '/a'),
    sessionId: 's-1',
    settings: '/t/settings.json',
    instructions: '/t/instructions.md',
  });

test('what agent.md says goes along where a person watches; limits and flags of -p do not', () => {
  const command = commandOf(
    'model: opus\npermissionMode: acceptEdits\nallowedTools: ["Bash(ls *)"]\nmaxTurns: 3\nextraArgs: ["--verbose"]\nmcpConfig: /m.json\n',
    'Be kind.\n',
  );
  expect(command.slice(command.indexOf('/bin/claude'))).toEqual([
    '/bin/claude',
    '--permission-mode=acceptEdits',
    '--settings=/t/settings.json',
    '--append-system-prompt-file=/t/instructions.md',
    '--model=opus',
    '--allowedTools=Bash(ls *)',
    '--mcp-config=/m.json',
    '--resume=s-1',
  ]);
});

test.each(['bypassPermissions', 'dontAsk'])('%s is for where nobody watches: the person is asked', mode => {
  expect(commandOf(`permissionMode: ${mode}\n`)).toContain('--permission-mode=manual');
});

test('it does not take itself for a turn, or for a tool of another claude', () => {
  const [env, ...words] = commandOf('');
  expect(env).toBe('env');
  for (const name of ['CLAUDECODE', 'AGENT_RUNNER_PEER', 'AGENT_RUNNER_TURN'])
    expect(words[words.indexOf(name) - 1]).toBe('-u');
});
