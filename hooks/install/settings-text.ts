/** Our hooks in the text of a settings.json: adds, finds and removes them; nothing else in the text changes. Pure. */
import { badDataError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { appendTo, type Member, memberOf, type Node, parseJsonText, removeFrom } from '#hooks/install/json-text.ts';

export const HOOK_EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PostToolUse',
  'Stop',
  'Notification',
  'SessionEnd',
  'CwdChanged',
  'FileChanged',
] as const;
export type HookEventName = (typeof HOOK_EVENTS)[number];

/** What the command of a hook consists of. */
export interface HookCommand {
  /** Absolute path of hook.sh. */
  script: string;
  root: string;
  /** Absolute path of the node that installed it. */
  node: string;
  deliverOnStop: boolean;
}

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

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Reads such a command back; null for one that is not ours. */
export function parseCommandLine(command: string): (HookCommand & { event: HookEventName }) | null {
  const word = "'((?:[^']|'\\\\'')*)'";
  const run = `exec /bin/sh ${word} (\\w+) ${word} ${word}( deliver-on-stop)?${MARK}$`;
  const match = new RegExp(`^(?:\\[ ! -r '(?:[^']|'\\\\'')*' \\] \\|\\| )?${run}`).exec(command);
  const event = HOOK_EVENTS.find(each => each === match?.[2]);
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
  for (const event of HOOK_EVENTS) result = withHook(result, event, command, path);
  return result;
}

function withHook(text: string, event: HookEventName, command: HookCommand, path: string): string {
  const group = groupText(event, commandLine(event, command));
  const settings = parseSettings(text, path);
  const hooks = memberOf(settings, 'hooks')?.value;
  const groups = memberOf(hooks, event)?.value;
  if (!hooks)
    return appendTo(text, settings, `"hooks": {\n\t"${event}": [\n\t\t${group.replaceAll('\n', '\n\t\t')}\n\t]\n}`, 0);
  if (!groups) return appendTo(text, hooks, `"${event}": [\n\t${group.replaceAll('\n', '\n\t')}\n]`, 1);
  return appendTo(text, groups, group, 2);
}

/** FileChanged runs in the background; exit code 2 there wakes an idle session (measured, CLI 2.1.329). */
function groupText(event: HookEventName, command: string): string {
  const rewake = event === 'FileChanged' ? ', "asyncRewake": true' : '';
  const hook = `{ "type": "command", "command": ${JSON.stringify(command)}, "timeout": ${limits.hookTimeoutSeconds}${rewake} }`;
  return `{\n\t"hooks": [\n\t\t${hook}\n\t]\n}`;
}

/** Which of our hooks are meant. */
type Which = (hook: HookCommand) => boolean;

/** The text without our hooks; lists and objects that become empty are removed too. */
export function withoutHooks(text: string, path: string, which: Which = () => true): string {
  let result = text;
  for (;;) {
    const place = findOurs(result, path, which);
    if (!place) return result;
    result = place;
  }
}

/** The text without our first hook, or null if there is none. */
function findOurs(text: string, path: string, which: Which): string | null {
  const settings = parseSettings(text, path);
  const hooks = memberOf(settings, 'hooks')?.value;
  if (hooks?.kind !== 'object') return null;
  for (const [eventIndex, { value: groups }] of hooks.members.entries()) {
    if (groups.kind !== 'array') continue;
    for (const [groupIndex, group] of groups.items.entries()) {
      const list = memberOf(group, 'hooks')?.value;
      if (list?.kind !== 'array') continue;
      const ours = list.items.findIndex(hook => isOurs(hook, which));
      if (ours < 0) continue;
      if (list.items.length > 1) return removeFrom(text, list, ours);
      if (groups.items.length > 1) return removeFrom(text, groups, groupIndex);
      if (hooks.members.length > 1) return removeFrom(text, hooks, eventIndex);
      return removeFrom(
        text,
        settings,
        (settings as Node & { kind: 'object' }).members.findLastIndex(m => m.key === 'hooks'),
      );
    }
  }
  return null;
}

function isOurs(hook: Node, which: Which): boolean {
  const command = commandOf(hook);
  return command !== null && which(command);
}

function commandOf(hook: Node) {
  const command = memberOf(hook, 'command')?.value;
  return command?.kind === 'scalar' && typeof command.value === 'string' ? parseCommandLine(command.value) : null;
}

/** Our hooks in this text. */
export function findHooks(text: string, path: string): (HookCommand & { event: HookEventName })[] {
  const hooks = memberOf(parseSettings(text, path), 'hooks')?.value;
  if (hooks?.kind !== 'object') return [];
  return hooks.members
    .flatMap(({ value }) => (value.kind === 'array' ? value.items : []))
    .flatMap(group => {
      const list = memberOf(group, 'hooks')?.value;
      return list?.kind === 'array' ? list.items : [];
    })
    .flatMap(hook => commandOf(hook) ?? []);
}

/** Whether these settings switch off every hook. */
export function disablesHooks(text: string, path: string): boolean {
  const value = memberOf(parseSettings(text, path), 'disableAllHooks')?.value;
  return value?.kind === 'scalar' && value.value === true;
}

/** Whether these settings enable our plugin, from any marketplace. */
export function enablesPlugin(text: string, path: string): boolean {
  const plugins = memberOf(parseSettings(text, path), 'enabledPlugins')?.value;
  const isOn = ({ key, value }: Member) =>
    key.startsWith('agent-runner@') && value.kind === 'scalar' && value.value === true;
  return plugins?.kind === 'object' && plugins.members.some(isOn);
}

function parseSettings(text: string, path: string): Node {
  let settings: Node;
  try {
    settings = isBlank(text) ? { kind: 'object', members: [], start: 0, end: text.length } : parseJsonText(text);
  } catch (error) {
    throw badDataError(
      `${path} is not valid JSON, so claude drops all of it: ${(error as Error).message}`,
      'Mend it first (no comments, no comma before a closing bracket); it was not touched.',
    );
  }
  if (settings.kind !== 'object') throw refused(path, 'a JSON object');
  const hooks = memberOf(settings, 'hooks')?.value;
  if (hooks && hooks.kind !== 'object') throw refused(path, 'an object under "hooks"');
  for (const event of HOOK_EVENTS) {
    const groups = memberOf(hooks, event)?.value;
    if (groups && groups.kind !== 'array') throw refused(path, `a list under "hooks.${event}"`);
  }
  return settings;
}

const refused = (path: string, expected: string) =>
  badDataError(`expected ${expected} in ${path}`, 'Mend it first; it was not touched.');
