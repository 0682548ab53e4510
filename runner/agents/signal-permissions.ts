/**
 * What an agent may do in a turn that only signals started. bypassPermissions never applies there, whatever agent.md
 * says: otherwise anyone who can change a file and send a signal would run the agent without any questions. Pure.
 */
import type { SignalType } from '#blackboard/signals/signal.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';

/**
 * Everything that a passive turn has (CLI 2.1.329): a list of names, because every version of claude adds new tools.
 */
const READING_TOOLS = ['Read', 'Glob', 'Grep'];

export function restrained(definition: AgentDefinition, types: readonly SignalType[]): AgentDefinition {
  const { permissions, allowlist } = definition.signals;
  const { mcpConfig, ...rest } = definition;
  if (permissions === 'passive')
    return {
      ...rest,
      mcp: false,
      permissionMode: 'plan',
      allowedTools: [],
      extraArgs: withOnly(READING_TOOLS, definition.extraArgs),
    };
  if (permissions === 'allowlist') {
    // For several types only what each of them may do: none widens what another allows.
    const [first = [], ...others] = types.map(type => allowlist[type] ?? []);
    const allowedTools = first.filter(tool => others.every(list => list.includes(tool)));
    const servers = allowedTools.some(isOfServer) && mcpConfig !== undefined ? { mcpConfig } : {};
    return {
      ...rest,
      ...servers,
      mcp: false,
      permissionMode: 'manual',
      allowedTools,
      extraArgs: withOnly(allowedTools, definition.extraArgs),
    };
  }
  const permissionMode = definition.permissionMode === 'bypassPermissions' ? 'manual' : definition.permissionMode;
  return { ...definition, permissionMode };
}

/**
 * Whether such a turn may do everything that a turn with messages may: only then do messages that want no reply go
 * along.
 */
export const isUnrestrained = ({ permissionMode, signals }: AgentDefinition): boolean =>
  signals.permissions === 'normal' && permissionMode !== 'bypassPermissions' && signals.hooks;

/**
 * extraArgs with only the tools of these rules, and without those that `--tools` of extraArgs leaves out: whatever else
 * a user's own settings allow does not exist then.
 */
function withOnly(rules: readonly string[], args: readonly string[]): string[] {
  const { kept, tools } = withoutAllowances(args);
  const names = new Set(rules.filter(rule => !isOfServer(rule)).map(rule => rule.replace(/\(.*$/s, '')));
  const isThere = (name: string): boolean => tools === null || tools.includes('default') || tools.includes(name);
  return [...kept, '--strict-mcp-config', `--tools=${[...names].filter(isThere).join(',')}`];
}

const isOfServer = (rule: string): boolean => rule.startsWith('mcp__');

/** extraArgs without `--allowedTools`, `--mcp-config` and `--tools` and their values, in every spelling that claude takes; `tools`: null: not given. */
function withoutAllowances(args: readonly string[]): { kept: string[]; tools: string[] | null } {
  const kept: string[] = [];
  let tools: string[] | null = null;
  let flag: string | undefined;
  for (const argument of args) {
    const given = /^--(allowed-?tools|mcp-config|tools|strict-mcp-config)(?:=(.*))?$/is.exec(argument);
    if (argument.startsWith('-')) flag = given?.[1]?.toLowerCase();
    if (flag === undefined) kept.push(argument);
    else if (flag === 'tools') {
      const words = (given ? (given[2] ?? '') : argument).split(/[\s,]+/).filter(word => word !== '');
      tools = [...(tools ?? []), ...words];
    }
  }
  return { kept, tools };
}

/** A user's own settings for such a turn: without a mode, and without rules that allow more than was named. */
export function restrainedSettings(
  settings: Readonly<Record<string, unknown>>,
  { permissions }: AgentDefinition['signals'],
): Record<string, unknown> {
  const rules = settings.permissions;
  if (typeof rules !== 'object' || rules === null) return settings;
  const { allow, defaultMode: _, ...others } = rules as Record<string, unknown>;
  const kept = permissions === 'normal' && allow !== undefined ? { allow, ...others } : others;
  return { ...settings, permissions: kept };
}

/**
 * The text of a settings file with every hook off, ours as well: what they prove is needed only for turns with
 * messages.
 */
export const withoutHooks = (text: string): string =>
  `${JSON.stringify({ ...(JSON.parse(text) as object), disableAllHooks: true }, null, 2)}\n`;
