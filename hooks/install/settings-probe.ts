/**
 * Asks claude itself how it reads settings files (CLI 2.1.329 and .332): because of one value that it does not accept
 * it drops a whole file, silently under -p, and a reader of the file cannot know which value. This file builds what
 * claude is given, and reads its answer. Claude gets copies in which nothing does harm, with all hooks off, and no
 * request to a model. Pure.
 */
import { parseObject } from '#blackboard/text/json.ts';
import { childrenOf, type Node, parseJsonText, replacePart } from '#hooks/install/json-text.ts';
import { HOOK_EVENTS, type HookEventName, isBlank, parseCommandLine } from '#hooks/install/settings-text.ts';

/** Where the copies are, below their own directory: claude's CLAUDE_CONFIG_DIR is config/, its cwd is work/. */
export const PROBE_PLACES = {
  user: 'config/settings.json',
  project: 'work/.claude/settings.json',
  local: 'work/.claude/settings.local.json',
} as const;
export type ProbeScope = keyof typeof PROBE_PLACES;

const REQUEST = 'agent-runner-settings';

/** Kept alive by stdin until its end; without a user line there is no turn. */
export const PROBE_ARGUMENTS = [
  ...['-p', '--verbose', '--input-format', 'stream-json', '--output-format', 'stream-json'],
  ...['--strict-mcp-config', '--settings', '{"disableAllHooks":true}'],
];
export const PROBE_INPUT = `${JSON.stringify({ type: 'control_request', request_id: REQUEST, request: { subtype: 'get_settings' } })}\n`;

/** No account, no user settings, no network: a marketplace that a file names is not fetched. */
export const probeEnvironment = (path: string, home: string): Record<string, string> => ({
  PATH: path,
  HOME: home,
  CLAUDE_CONFIG_DIR: `${home}/config`,
  ANTHROPIC_API_KEY: 'sk-ant-no-request-is-made',
  ANTHROPIC_BASE_URL: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  HTTP_PROXY: NOWHERE,
  GIT_ALLOW_PROTOCOL: 'none',
  npm_config_offline: 'true',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_MAX_RETRIES: '0',
});

/** Port 9 (discard) of this machine. */
const NOWHERE = 'http://127.0.0.1:9';

/** The text with a harmless command in place of every command, and with empty variables. Shapes stay. */
export function harmless(text: string): string {
  const replaced: { part: Node; by: string }[] = [];
  const visit = (node: Node, inEnv: boolean, depth: number) => {
    for (const item of childrenOf(node, 'array')) visit(item, inEnv, depth + 1);
    for (const { children } of childrenOf(node, 'object')) {
      const [{ value: key }, part] = children as [Node, Node];
      const isText = part.type === 'string';
      if (isText && inEnv) replaced.push({ part, by: '' });
      else if (isText && RUNS.test(key)) replaced.push({ part, by: harmlessCommand(part.value) });
      visit(part, inEnv || (depth === 0 && key === 'env'), depth + 1);
    }
  };
  visit(parseJsonText(text), false, 0);
  // From the end: what stands before keeps its place.
  return replaced.reduceRight((result, { part, by }) => replacePart(result, part, JSON.stringify(by)), text);
}

/** Keys whose text claude runs: command, apiKeyHelper, otelHeadersHelper, awsAuthRefresh, awsCredentialExport… */
const RUNS = /^command$|(?:Helper|Refresh|Export|Command)$/;

function harmlessCommand(command: string): string {
  const ours = parseCommandLine(command);
  return ours ? standIn(ours.event) : 'true';
}

const standIn = (event: HookEventName): string => `: agent-runner ${event}`;

export interface FileReading {
  /** Claude uses this file; false: it drops all of it. */
  isTaken: boolean;
  /** In claude's words: `cleanupPeriodDays: Number must be greater than or equal to 0`. */
  errors: string[];
  /** The events for which claude would run our hook. */
  events: HookEventName[];
}

export interface ProbeAnswer {
  files: Record<ProbeScope, FileReading>;
  /** What the administrator's settings forbid. */
  managed: string[];
  /** They refuse the mods of all plugins but their own (2.1.332). */
  refusesMods: boolean;
}

/** null if claude's answer is unknown: an older one does not know the question. */
export function readProbe(stdout: string, given: Partial<Record<ProbeScope, string>>): ProbeAnswer | null {
  const response = stdout.split('\n').map(responseIn).find(Boolean);
  if (!response || !Array.isArray(response.sources)) return null;
  const sources = new Map(response.sources.filter(isRecord).map(({ source, settings }) => [source, settings]));
  const errors = (Array.isArray(response.errors) ? response.errors : []).filter(isRecord);
  const readingOf = (scope: ProbeScope): FileReading => {
    const settings = sources.get(`${scope}Settings`);
    return {
      isTaken: given[scope] === undefined || isEmpty(given[scope]) || isRecord(settings),
      errors: errors
        .filter(({ file }) => String(file).endsWith(`/${PROBE_PLACES[scope]}`))
        .map(({ path, message }) => `${path ? `${path}: ` : ''}${message}`),
      events: HOOK_EVENTS.filter(event => holds(settings, event)),
    };
  };
  const policy = sources.get('policySettings');
  return {
    files: { user: readingOf('user'), project: readingOf('project'), local: readingOf('local') },
    managed: ['disableAllHooks', 'allowManagedHooksOnly'].filter(key => isRecord(policy) && policy[key] === true),
    refusesMods: refusesMods(policy),
  };
}

function refusesMods(policy: unknown): boolean {
  const path = ['pluginConfigs', 'cc-plugin-sec-default@builtin', 'options', 'allowManagedModsOnly'];
  const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), policy);
  return value !== undefined && value !== false;
}

function responseIn(line: string): Record<string, unknown> | null {
  if (!line.includes(REQUEST)) return null;
  const { response } = parseObject(line) ?? {};
  return isRecord(response) && response.request_id === REQUEST && isRecord(response.response)
    ? response.response
    : null;
}

/** A file without a key: claude names no source for it. */
const isEmpty = (text: string): boolean => isBlank(text) || parseJsonText(text).children?.length === 0;

function holds(settings: unknown, event: HookEventName): boolean {
  const groups = isRecord(settings) && isRecord(settings.hooks) ? settings.hooks[event] : [];
  const hooks = (Array.isArray(groups) ? groups : []).flatMap(group => (isRecord(group) ? group.hooks : []));
  return hooks.some(hook => isRecord(hook) && hook.command === standIn(event));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
