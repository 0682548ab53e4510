/** Our hooks in the text of a settings.json: adds, finds and removes them; nothing else in the text changes. Pure. */
import { badDataError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { CHANGING_TOOLS } from '#hooks/claude/changing-tools.ts';
import { appendTo, childrenOf, memberOf, type Node, parseJsonText, removeFrom } from '#hooks/install/json-text.ts';

export const HOOK_EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'Stop',
  'Notification',
  'SessionEnd',
  'CwdChanged',
  'FileChanged',
] as const;
/** Installed on request only: what a session asks its person is a card, too. */
const APPROVALS = 'PermissionRequest';
const ALL_EVENTS = [...HOOK_EVENTS, APPROVALS] as const;
export type HookEventName = (typeof ALL_EVENTS)[number];

/** What the command of a hook consists of. */
export interface HookCommand {
  /** Absolute path of hook.sh. */
  script: string;
  root: string;
  /** Absolute path of the node that installed it. */
  node: string;
  deliverOnStop: boolean;
  approvals?: boolean;
}

/** The events that an installation has hooks for. */
export const eventsOf = ({ approvals }: HookCommand): readonly HookEventName[] =>
  approvals ? ALL_EVENTS : HOOK_EVENTS;

/** The mark that identifies our own hooks. */
const MARK = ' # agent-runner';

/**
 * A shell with a missing script exits with 2 (dash), which would block every prompt: so the command first checks that
 * the script exists.
 */
export function commandLine(event: HookEventName, { script, root, node, deliverOnStop }: HookCommand): string {
  const option = event === 'Stop' && deliverOnStop ? ' deliver-on-stop' : '';
  const run = `exec /bin/sh ${quote(script)} ${event} ${quote(root)} ${quote(node)}${option}`;
  return `[ ! -r ${quote(script)} ] || ${run}${MARK}`;
}

/** The same for a turn's own settings: tells of paths that others than this agent have claimed. */
export const turnCommandLine = ({ script, root, node }: HookCommand, agent: string): string =>
  `[ ! -r ${quote(script)} ] || exec /bin/sh ${quote(script)} PreToolUse ${quote(root)} ${quote(node)} agent:${quote(agent)}`;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Reads such a command back; null for one that is not ours. */
export function parseCommandLine(command: string): (HookCommand & { event: HookEventName }) | null {
  const word = "'((?:[^']|'\\\\'')*)'";
  const run = `exec /bin/sh ${word} (\\w+) ${word} ${word}( deliver-on-stop)?${MARK}$`;
  const match = new RegExp(`^(?:\\[ ! -r '(?:[^']|'\\\\'')*' \\] \\|\\| )?${run}`).exec(command);
  const event = ALL_EVENTS.find(each => each === match?.[2]);
  if (!match || !event) return null;
  const plain = (text: string) => text.replaceAll("'\\''", "'");
  return {
    event,
    script: plain(match[1]!),
    root: plain(match[3]!),
    node: plain(match[4]!),
    deliverOnStop: match[5] !== undefined,
  };
}

/** An empty file: claude continues as if it did not exist (CLI 2.1.332). */
export const isBlank = (text: string): boolean => /^[\ufeff\s]*$/.test(text);

/**
 * The text with our hooks, and no other hooks of ours. '' is a new file. Throws bad data for a text that it must not
 * change.
 */
export function withHooks(text: string, command: HookCommand, path: string): string {
  let result = isBlank(text) ? '{}\n' : withoutHooks(text, path);
  for (const event of eventsOf(command)) result = withHook(result, event, command, path);
  return result;
}

function withHook(text: string, event: HookEventName, command: HookCommand, path: string): string {
  const group = groupText(event, commandLine(event, command));
  const settings = parseSettings(text, path);
  const hooks = memberOf(settings, 'hooks');
  const groups = memberOf(hooks, event);
  if (!hooks)
    return appendTo(text, settings, `"hooks": {\n\t"${event}": [\n\t\t${group.replaceAll('\n', '\n\t\t')}\n\t]\n}`, 0);
  if (!groups) return appendTo(text, hooks, `"${event}": [\n\t${group.replaceAll('\n', '\n\t')}\n]`, 1);
  return appendTo(text, groups, group, 2);
}

/** FileChanged runs in the background; exit code 2 there wakes an idle session (measured, CLI 2.1.329). */
function groupText(event: HookEventName, command: string): string {
  const rewake = event === 'FileChanged' ? ', "asyncRewake": true' : '';
  const seconds = event === APPROVALS ? limits.cardHookSeconds : limits.hookTimeoutSeconds;
  const hook = `{ "type": "command", "command": ${JSON.stringify(command)}, "timeout": ${seconds}${rewake} }`;
  const matcher = event === 'PreToolUse' ? `\n\t"matcher": "${CHANGING_TOOLS}",` : '';
  return `{${matcher}\n\t"hooks": [\n\t\t${hook}\n\t]\n}`;
}

/** Which of our hooks are meant. */
type Which = (hook: HookCommand) => boolean;

/** The text without our hooks; lists and objects that become empty are removed too. */
export function withoutHooks(text: string, path: string, which: Which = () => true): string {
  const isMeant = (hook: Node) => {
    const ours = readHook(hook);
    return ours !== null && which(ours);
  };
  let result = text;
  for (;;) {
    const hook = hookNodes(result, path).find(isMeant);
    if (!hook) return result;
    const group = hook.parent!.parent!.parent!;
    const event = group.parent!.parent!;
    const holder = [hook, group, event].find(({ parent }) => parent!.children!.length > 1) ?? event.parent!.parent!;
    result = removeFrom(result, holder);
  }
}

/** Every hook in the text, ours or not. */
const hookNodes = (text: string, path: string): Node[] =>
  childrenOf(memberOf(parseSettings(text, path), 'hooks'), 'object')
    .flatMap(({ children }) => childrenOf(children![1], 'array'))
    .flatMap(group => childrenOf(memberOf(group, 'hooks'), 'array'));

function readHook(hook: Node) {
  const command: unknown = memberOf(hook, 'command')?.value;
  return typeof command === 'string' ? parseCommandLine(command) : null;
}

/** Our hooks in this text. */
export const findHooks = (text: string, path: string): (HookCommand & { event: HookEventName })[] =>
  hookNodes(text, path).flatMap(hook => readHook(hook) ?? []);

/** Whether these settings switch off every hook. */
export const disablesHooks = (text: string, path: string): boolean =>
  memberOf(parseSettings(text, path), 'disableAllHooks')?.value === true;

/** Whether these settings enable our plugin, from any marketplace. */
export const enablesPlugin = (text: string, path: string): boolean =>
  childrenOf(memberOf(parseSettings(text, path), 'enabledPlugins'), 'object').some(
    ({ children }) => String(children![0]!.value).startsWith('agent-runner@') && children![1]!.value === true,
  );

function parseSettings(text: string, path: string): Node {
  let settings: Node;
  try {
    settings = parseJsonText(isBlank(text) ? '{}' : text);
  } catch (error) {
    throw badDataError(
      `${path} is not valid JSON, so claude drops all of it: ${(error as Error).message}`,
      'Mend it first (no comments, no comma before a closing bracket); it was not touched.',
    );
  }
  if (settings.type !== 'object') throw refused(path, 'a JSON object');
  const hooks = memberOf(settings, 'hooks');
  if (hooks && hooks.type !== 'object') throw refused(path, 'an object under "hooks"');
  for (const event of ALL_EVENTS) {
    const groups = memberOf(hooks, event);
    if (groups && groups.type !== 'array') throw refused(path, `a list under "hooks.${event}"`);
  }
  return settings;
}

const refused = (path: string, expected: string) =>
  badDataError(`expected ${expected} in ${path}`, 'Mend it first; it was not touched.');
