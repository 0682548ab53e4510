// The environment of a turn's claude: the user's, without what belongs to another session or to the runner's service.
// Pure.

/** Names and prefixes (ending in *) that name the session, plugin, terminal or service we were started from. */
const foreign = [
  'CLAUDECODE',
  'CLAUDE_PID',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_MESSAGING_*',
  'CLAUDE_CODE_CHILD_*',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_EXECPATH',
  'CLAUDE_CODE_SESSION_ATTENDED',
  'AI_AGENT',
  'CLAUDE_PLUGIN_*',
  'CLAUDE_PROJECT_DIR',
  'CLAUDE_ENV_FILE',
  'TMUX*',
];

/** What systemd gives a service to report to it (sd_notify(3)): our children must not report in its name. */
const ofService = ['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC'];

/**
 * Keeps what is the vendor's own off an agent's session: its daemon and background sessions, the adoption of a session
 * that died, and its cron. Each would run turns that nobody elected. (CLI 2.1.332; test/contract/claude-starting.ts)
 */
export const VENDOR_OFF = {
  CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
  CLAUDE_DISABLE_ADOPT: '1',
  CLAUDE_CODE_DISABLE_CRON: '1',
} as const;

/**
 * At which window claude makes a summary of its conversation, before the API refuses it: not every model has one by
 * itself (CLI 2.1.332: claude-sonnet-4-5 waits for the refusal). What the user has set goes first.
 */
export const compactsAt = (
  contextWindow: number | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  contextWindow === undefined || env[WINDOW] !== undefined ? {} : { [WINDOW]: String(contextWindow) };

const WINDOW = 'CLAUDE_CODE_AUTO_COMPACT_WINDOW';

/** Retries of the CLI itself after an API error; the runner does the other retries (the CLI's own 10 take > 120 s). */
const maxRetries = '2';

/**
 * Without foreign variables; `additions` override everything. ANTHROPIC_*, CLAUDE_CONFIG_DIR, CLAUDE_CODE_USE_* stay.
 */
export function childEnv(
  env: Readonly<Record<string, string | undefined>>,
  additions: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && !isForeign(entry[0]);
  });
  return { CLAUDE_CODE_MAX_RETRIES: maxRetries, ...Object.fromEntries(kept), ...additions };
}

/** What a turn tells its own commands; a runner may have been started by one. */
const ofTurn = [
  'AGENT_RUNNER_PEER',
  'AGENT_RUNNER_TURN*',
  'AGENT_RUNNER_TRACE',
  'AGENT_RUNNER_HOPS',
  'AGENT_RUNNER_MAX_HOPS',
];

/** Of all these the names that are whole, for a program that cannot be given an environment of ours: env(1) unsets them. */
export const FOREIGN_NAMES: readonly string[] = [
  ...[...foreign, ...ofTurn].filter(name => !name.endsWith('*')),
  ...['CLAUDE_CODE_MESSAGING_SOCKET', 'CLAUDE_CODE_MESSAGING_TOKEN', 'AGENT_RUNNER_TURN', 'AGENT_RUNNER_TURN_DIR'],
];

/**
 * The same for the user's own programs, such as onOperatorMessage: with variables of a session or a turn that started
 * the runner, their commands would have no proven caller (runner/agents/caller.ts). The terminal stays.
 */
export const ownProgramEnv = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith('TMUX') || !(isForeign(name) || matches(name, ofTurn))),
  );

const isForeign = (name: string) => matches(name, [...foreign, ...ofService]);

const matches = (name: string, patterns: readonly string[]) =>
  patterns.some(each => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
