import { describe, expect, test } from 'vitest';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { isUnrestrained, restrained, restrainedSettings } from '#runner/agents/signal-permissions.ts';
import { claudeCommand } from '#runner/claude/claude-command.ts';

const agent = (matter: string) => parseAgentFile(`---\ncwd: /w\n${matter}\n---\n`, 'agent.md', '/home/u', '/r/a');
const argvOf = (matter: string, types: ('wake' | 'file_changed')[] = ['wake']): string[] =>
  claudeCommand({
    claude: 'claude',
    definition: restrained(agent(matter), types),
    settingsFile: '/s',
    systemPromptFile: '/p',
    attachments: '/f',
    mcpServer: '{}',
    sessionId: '0',
    resume: false,
    maxBudgetUsd: 1,
    asks: false,
  });

describe('bypassPermissions', () => {
  test.each(['normal', 'passive', '{allowlist: {wake: [Write]}}'])(
    'is on no command line where signals are %s',
    how => {
      const argv = argvOf(`permissionMode: bypassPermissions\nsignals: ${how}`);
      expect(argv.join(' ')).not.toMatch(/bypass|dangerously/);
      expect(argv.join(' ')).toMatch(/--permission-mode[= ](manual|plan)/);
    },
  );

  test('cannot come in by extraArgs or by a settings file', () => {
    expect(() => agent('extraArgs: ["--dangerously-skip-permissions"]')).toThrow('the runner sets it itself');
    for (const how of ['passive', '{allowlist: {}}']) {
      const rules = { permissions: { defaultMode: 'bypassPermissions', allow: ['Bash'], deny: ['Read'] }, model: 'x' };
      expect(restrainedSettings(rules, agent(`signals: ${how}`).signals)).toEqual({
        permissions: { deny: ['Read'] },
        model: 'x',
      });
    }
  });

  test('of the settings applies to no such turn, whatever signals may do otherwise', () => {
    const rules = { permissions: { defaultMode: 'bypassPermissions', allow: ['Bash'] } };
    expect(restrainedSettings(rules, agent('signals: normal').signals)).toEqual({ permissions: { allow: ['Bash'] } });
  });
});

test('of two types an allowlist gives only what both may', () => {
  const list = 'signals: {allowlist: {wake: [Read, Write], file_changed: [Write, Edit]}}';
  expect(restrained(agent(list), ['wake', 'file_changed']).allowedTools).toEqual(['Write']);
  expect(restrained(agent(list), ['wake']).allowedTools).toEqual(['Read', 'Write']);
  expect(restrained(agent('signals: {allowlist: {file_changed: [Write]}}'), ['wake']).allowedTools).toEqual([]);
});

test.each(['--allowedTools', '--allowed-tools', '--allowedTools=Edit', '--mcp-config'])(
  '%s of extraArgs does not widen it',
  flag => {
    const argv = argvOf(`signals: passive\nextraArgs: ["${flag}", "Bash", "--verbose"]`);
    expect(argv.join(' ')).not.toMatch(/--(allowed-?tools|mcp-config)\b/i);
    expect(argv.join(' ')).not.toContain('Bash');
    expect(argv).toContain('--verbose');
  },
);

describe('other tools are not there to be used, whatever the user’s own settings allow', () => {
  const toolsOf = (matter: string) => argvOf(matter).filter(word => /^--(tools|strict|mcp)/.test(word));

  test('passive: those that read, and no server’s', () => {
    for (const server of ['mcpConfig: m.json', 'mcp: true', 'resident: true'])
      expect(toolsOf(`signals: passive\n${server}`)).toEqual(['--strict-mcp-config', '--tools=Read,Glob,Grep']);
  });

  test('allowlist: those that are named, and a server’s only where one of its tools is', () => {
    const list = (rules: string) => toolsOf(`signals: {allowlist: {wake: [${rules}]}}\nmcpConfig: /m.json`);
    expect(list('Read, "Bash(npm test)", "Bash(ls)"')).toEqual(['--strict-mcp-config', '--tools=Read,Bash']);
    expect(list('')).toEqual(['--strict-mcp-config', '--tools=']);
    expect(argvOf('signals: {allowlist: {wake: [mcp__agent-runner__list_peers]}}\nmcp: true').join(' ')).not.toContain(
      '{}',
    );
    expect(list('mcp__a__b')).toEqual(['--mcp-config=/m.json', '--strict-mcp-config', '--tools=']);
  });

  test.each(['["--tools", "Grep", "Bash", "--verbose"]', '["--tools=Grep,Bash", "--verbose"]'])(
    'what --tools of extraArgs leaves out stays out: %s',
    args => expect(toolsOf(`signals: passive\nextraArgs: ${args}`).at(-1)).toBe('--tools=Grep'),
  );
});

test('messages that want no reply ride along only where the turn may do what others may', () => {
  expect(isUnrestrained(agent('permissionMode: acceptEdits'))).toBe(true);
  for (const matter of ['permissionMode: bypassPermissions', 'signals: passive', 'signals: {hooks: false}'])
    expect(isUnrestrained(agent(matter))).toBe(false);
});
