/**
 * The command line of a turn. Pure. For the prompt cache it is the same for every turn, except for the session and the
 * money.
 */
import type { AgentDefinition } from '#runner/agents/agent-file.ts';

export interface CommandParts {
  claude: string;
  definition: AgentDefinition;
  /** Files that the runner wrote for this agent. */
  settingsFile: string;
  systemPromptFile: string;
  /** Directory of attachments, readable for the agent. */
  attachments: string;
  /** Our MCP server as a process, as JSON that claude takes in place of a file. */
  mcpServer: string | undefined;
  sessionId: string;
  resume: boolean;
  maxBudgetUsd: number;
  /** Its questions to a person come through its output, and the answers through its stdin. */
  asks: boolean;
}

/**
 * argv of `claude -p` (2.1.329); the prompt comes on stdin, as a line of JSON (hooks/claude/user-line.ts). Each list is one flag with `=`, because a variadic flag
 * would swallow what follows it.
 */
export function claudeCommand(parts: CommandParts): string[] {
  const { definition } = parts;
  const option = (flag: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${flag}=${value}`];
  return [
    parts.claude,
    '-p',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    ...(parts.asks ? ['--permission-prompt-tool=stdio'] : []),
    `--permission-mode=${definition.permissionMode}`,
    `--settings=${parts.settingsFile}`,
    `--append-system-prompt-file=${parts.systemPromptFile}`,
    '--system-prompt-snapshot=off',
    ...[parts.attachments, ...definition.addDirs].map(directory => `--add-dir=${directory}`),
    ...option('--model', definition.model),
    ...option('--effort', definition.effort),
    ...definition.allowedTools.map(tool => `--allowedTools=${tool}`),
    ...(definition.mcp ? ['--allowedTools=mcp__agent-runner'] : []),
    ...definition.disallowedTools.map(tool => `--disallowedTools=${tool}`),
    ...option('--setting-sources', definition.settingSources?.join(',')),
    ...option('--mcp-config', definition.mcp ? parts.mcpServer : undefined),
    ...option('--mcp-config', definition.mcpConfig),
    ...option('--max-turns', definition.maxTurns),
    ...definition.extraArgs,
    ...option('--max-budget-usd', Math.max(0.0001, parts.maxBudgetUsd).toFixed(4)),
    parts.resume ? `--resume=${parts.sessionId}` : `--session-id=${parts.sessionId}`,
  ];
}
