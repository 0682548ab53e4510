/**
 * Keys that Claude Code uses in the front matter of its own files (subagents, skills and commands, CLI 2.1.332), and
 * the key of agent.md that says the same: people copy these files.
 */
const NOTHING = 'agent.md has nothing like it: leave it out';

export const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  name: 'an agent is called after its directory: leave it out',
  description: 'agent.md has nothing like it: write it into the instructions below',
  tools: 'agent.md calls it "allowedTools", a list: [Read, Grep]',
  'allowed-tools': 'agent.md calls it "allowedTools", a list: [Read, Grep]',
  'disallowed-tools': 'agent.md calls it "disallowedTools", a list: [Edit]',
  mcpServers: 'agent.md has "mcpConfig": the path of a file with mcpServers',
  hooks: 'agent.md has them below "settings": {hooks: …}',
  env: 'agent.md has it below "settings": {env: …}',
  permissions: 'agent.md has "permissionMode", "allowedTools" and "disallowedTools"',
  isolation: 'agent.md calls it "worktree: true"',
  prompt: 'instructions stand below the front matter',
  initialPrompt: 'an agent begins when a message comes; see "schedule" and "watch" for the rest',
  ...Object.fromEntries(
    ['color', 'skills', 'memory', 'background', 'argument-hint', 'disable-model-invocation'].map(key => [key, NOTHING]),
  ),
  ...Object.fromEntries(
    ['user-invocable', 'when_to_use', 'context', 'agent', 'paths', 'shell'].map(key => [key, NOTHING]),
  ),
};
