/**
 * The claude of a person who has an agent's session: interactive, with what agent.md says as far as it makes sense where somebody
 * watches. Its money and its prompts are theirs, and it asks them before it does what the agent may not.
 */
import { join } from 'node:path';
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { agentSettings } from '#hooks/claude/agent-settings.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { keptRules } from '#runner/agents/kept-rules.ts';
import { FOREIGN_NAMES, VENDOR_OFF } from '#runner/claude/child-env.ts';
import { ruledBy, userSettings } from '#runner/claude/claude-process.ts';
import { writeOrder } from '#runner/claude/order.ts';
import { fileDenials, readAllowance, rootDenials } from '#runner/claude/root-denials.ts';
import { launcherText } from '#runner/claude/start-launcher.ts';
import { launcherPath } from '#runner/version.ts';

export interface LentClaude {
  files: Files;
  root: string;
  layout: AgentLayout;
  definition: AgentDefinition;
  turn: TurnLayout;
  sessionId: string;
  /** Absolute path of claude. */
  executable: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Writes what the launcher needs into the turn's directory. Returns the command that starts it there, in a terminal: it needs
 * nobody any more, and becomes claude if the turn is still its own.
 */
export async function orderLent(lent: LentClaude): Promise<[string, string, ...string[]]> {
  const { files, root, layout, definition, turn, env } = lent;
  const settings = agentSettings(await userSettings(definition), {
    env: { ...VENDOR_OFF, AGENT_RUNNER_HOME: root },
    allow: [...(await keptRules(files, layout)), readAllowance(layout.inbox.files)],
    deny: [...rootDenials(root), ...fileDenials(ruledBy(root, layout, definition))],
    saysItself: true,
    heard: turn.heard,
  });
  await replaceCopy(files, turn.settings, settings);
  const instructions = join(turn.home, 'instructions.md');
  if (definition.instructions) await replaceCopy(files, instructions, definition.instructions);
  const argv = lentCommand({ ...lent, settings: turn.settings, instructions });
  const { CLAUDE_CONFIG_DIR } = env;
  const variables = CLAUDE_CONFIG_DIR === undefined ? {} : { CLAUDE_CONFIG_DIR };
  const order = await writeOrder(files, turn.home, { argv, cwd: lent.cwd, variables, terminal: true });
  await replaceCopy(files, join(turn.home, WORDS), `.\n${order}\ngo\n`);
  const text = launcherText(launcherPath);
  return ['/bin/sh', '-c', `exec /bin/sh -c "$1" launch.sh < ${WORDS}`, 'sh', text];
}

/** What the launcher is told, as the runner tells it to others. */
const WORDS = 'words';

/** argv of an interactive claude (2.1.332). Neither limits of money and turns nor `extraArgs`, which are for `-p`. Pure. */
export function lentCommand({
  ...parts
}: Pick<LentClaude, 'executable' | 'definition' | 'sessionId'> & {
  settings: string;
  instructions: string;
}): string[] {
  const { definition } = parts;
  const option = (flag: string, value: string | undefined) => (value === undefined ? [] : [`${flag}=${value}`]);
  const { permissionMode } = definition;
  return [
    'env',
    ...FOREIGN_NAMES.flatMap(name => ['-u', name]),
    parts.executable,
    `--permission-mode=${UNWATCHED.includes(permissionMode) ? 'manual' : permissionMode}`,
    `--settings=${parts.settings}`,
    ...option('--append-system-prompt-file', definition.instructions ? parts.instructions : undefined),
    // Of one that nobody trusted it asks, which no rule prevents (2.1.332): so attachments come by a rule that allows to read them.
    ...definition.addDirs.map(directory => `--add-dir=${directory}`),
    ...option('--model', definition.model),
    ...option('--effort', definition.effort),
    ...definition.allowedTools.map(tool => `--allowedTools=${tool}`),
    ...definition.disallowedTools.map(tool => `--disallowedTools=${tool}`),
    ...option('--setting-sources', definition.settingSources?.join(',')),
    ...option('--mcp-config', definition.mcpConfig),
    `--resume=${parts.sessionId}`,
  ];
}

/** Modes for where nobody watches: a person is asked. */
const UNWATCHED: readonly string[] = ['bypassPermissions', 'dontAsk'];
