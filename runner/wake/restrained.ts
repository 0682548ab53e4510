/**
 * What an agent may do in a turn that signals alone started. bypassPermissions never applies there, whatever agent.md says
 * anywhere: whoever can make a file change and send a signal would otherwise run the agent with no questions asked. Pure.
 */
import type { SignalType } from '../../blackboard/wake/signal.ts';
import type { AgentDefinition } from '../agent/agent-file.ts';

/** Tools that change something or reach out of the machine: what a passive turn does not have (CLI 2.1.329). */
export const CHANGING_TOOLS = [
  'Bash',
  'Edit',
  'Write',
  'NotebookEdit',
  'WebFetch',
  'WebSearch',
  'Task',
  'Agent',
  'Skill',
];

export function restrained(definition: AgentDefinition, types: readonly SignalType[]): AgentDefinition {
  const { permissions, allowlist } = definition.signals;
  const { mcpConfig: _, ...rest } = definition;
  if (permissions === 'passive')
    return {
      ...rest,
      permissionMode: 'plan',
      allowedTools: [],
      disallowedTools: [...new Set([...definition.disallowedTools, ...CHANGING_TOOLS])],
      extraArgs: [...withoutAllowances(definition.extraArgs), '--strict-mcp-config'],
    };
  if (permissions === 'allowlist') {
    // Of several types only what each of them may: none widens what another brings.
    const [first = [], ...others] = types.map(type => allowlist[type] ?? []);
    const allowedTools = first.filter(tool => others.every(list => list.includes(tool)));
    return {
      ...definition,
      permissionMode: 'manual',
      allowedTools,
      extraArgs: withoutAllowances(definition.extraArgs),
    };
  }
  const permissionMode = definition.permissionMode === 'bypassPermissions' ? 'manual' : definition.permissionMode;
  return { ...definition, permissionMode };
}

/** Whether such a turn may do all that a turn with messages may: only then do messages that want no reply come along. */
export const isUnrestrained = ({ permissionMode, signals }: AgentDefinition): boolean =>
  signals.permissions === 'normal' && permissionMode !== 'bypassPermissions' && signals.hooks;

/** extraArgs without `--allowedTools` and `--mcp-config` and their values, in every spelling that claude takes. */
function withoutAllowances(args: readonly string[]): string[] {
  let isSkipping = false;
  return args.filter(argument => {
    if (argument.startsWith('-')) isSkipping = /^--(allowed-?tools|mcp-config)(=|$)/i.test(argument);
    return !isSkipping;
  });
}

/** A user's own settings for such a turn: no mode of their own, and no rules that allow more than was named. */
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

/** The text of a settings file, with every hook off, ours as well: what they prove is asked of turns with messages only. */
export const withoutHooks = (text: string): string =>
  `${JSON.stringify({ ...(JSON.parse(text) as object), disableAllHooks: true }, null, 2)}\n`;
