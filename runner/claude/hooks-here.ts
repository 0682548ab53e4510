/**
 * Where our hooks are installed here, and whether claude would run them: from our own reading of the files, and from
 * claude's.
 */
import { access, constants, realpath } from 'node:fs/promises';
import { rootPath } from '#blackboard/root.ts';
import { badDataError, reasonOf } from '#blackboard/system/errors.ts';
import { readSettings, SCOPES, type Scope, settingsPath } from '#hooks/install/installation.ts';
import type { ProbeAnswer } from '#hooks/install/settings-probe.ts';
import { disablesHooks, enablesPlugin, findHooks, HOOK_EVENTS } from '#hooks/install/settings-text.ts';
import { askSettings } from '#runner/claude/ask-settings.ts';
import { pathOfClaude } from '#runner/claude/claude-here.ts';
import { pluginDirectory } from '#runner/claude/our-hooks.ts';

export interface InstallStatus {
  scope: Scope | 'plugin';
  path: string;
  state: 'installed' | 'broken' | 'absent';
  problems: string[];
}

export interface HooksHere {
  installs: InstallStatus[];
  /** Why claude was not asked, though something is installed; null: it was asked, or nothing is. */
  notAsked: string | null;
  /** The administrator refuses mods; null: claude was not asked. */
  refusesMods: boolean | null;
}

/** A settings file as it was read; `hooks` and the rest are empty if it is not JSON. */
interface Read {
  scope: Scope;
  path: string;
  text: string | null;
  problem: string | null;
  hooks: ReturnType<typeof findHooks>;
  disables: boolean;
  enablesPlugin: boolean;
}

export async function findHooksHere(root: string, env: NodeJS.ProcessEnv, cwd: string): Promise<HooksHere> {
  const read = await Promise.all(scopesAt(env, cwd).map(scope => readScope(scope, env, cwd)));
  const isInstalled = read.some(({ hooks, enablesPlugin }) => hooks.length > 0 || enablesPlugin);
  const { answer, notAsked } = isInstalled ? await asked(root, env, textsOf(read)) : { answer: null, notAsked: null };
  const installs: InstallStatus[] = [];
  for (const each of read) installs.push(await statusOf(each, read, answer, root));
  const plugin = await pluginStatus(read, answer, root, env);
  return { installs: [...installs, plugin], notAsked, refusesMods: answer?.refusesMods ?? null };
}

/** In the home directory, the project's settings are the user's own: one file is one installation. */
const scopesAt = (env: NodeJS.ProcessEnv, cwd: string): Scope[] =>
  SCOPES.filter(scope => scope === 'user' || settingsPath(scope, env, cwd) !== settingsPath('user', env, cwd));

/**
 * For `install`: throws bad data if claude would drop the file with this text, so that our hooks would not run; says
 * nothing if claude cannot be asked.
 */
export async function refuseWhatClaudeDrops(
  root: string,
  env: NodeJS.ProcessEnv,
  scope: Scope,
  path: string,
  text: string,
): Promise<void> {
  const { answer } = await asked(root, env, { [scope]: text });
  const reading = answer?.files[scope];
  if (!reading) return;
  const problem = droppedBecause(reading) ?? unheardEvents(reading, HOOK_EVENTS);
  if (problem)
    throw badDataError(`${path}: ${problem}`, `Mend it first (or name it to claude: /doctor); it was not touched.`);
}

async function asked(root: string, env: NodeJS.ProcessEnv, texts: Partial<Record<Scope, string>>) {
  const claude = await pathOfClaude(root, env).catch(error => ({ problem: reasonOf(error) }));
  if (typeof claude === 'object') return { answer: null, notAsked: claude.problem };
  const answer = await askSettings(claude, env, texts);
  return { answer, notAsked: answer ? null : `${claude} does not say what it makes of settings files` };
}

const textsOf = (read: readonly Read[]): Partial<Record<Scope, string>> =>
  Object.fromEntries(read.flatMap(({ scope, text, problem }) => (text === null || problem ? [] : [[scope, text]])));

async function readScope(scope: Scope, env: NodeJS.ProcessEnv, cwd: string): Promise<Read> {
  const path = settingsPath(scope, env, cwd);
  const none = { scope, path, text: null, problem: null, hooks: [], disables: false, enablesPlugin: false };
  try {
    const text = await readSettings(path);
    if (text === null) return none;
    const said = { hooks: findHooks(text, path), disables: disablesHooks(text, path) };
    return { ...none, text, ...said, enablesPlugin: enablesPlugin(text, path) };
  } catch (error) {
    return { ...none, problem: reasonOf(error) };
  }
}

async function statusOf(
  { scope, path, problem, hooks }: Read,
  all: readonly Read[],
  answer: ProbeAnswer | null,
  root: string,
): Promise<InstallStatus> {
  if (problem !== null) return { scope, path, state: 'broken', problems: [problem] };
  if (hooks.length === 0) return { scope, path, state: 'absent', problems: [] };
  const missing = HOOK_EVENTS.filter(event => !hooks.some(hook => hook.event === event));
  const problems = [
    ...missing.map(event => `there is no hook for ${event}`),
    ...claudesProblems(scope, hooks, answer),
    ...disabledIn(path, all, answer),
    ...[...new Set(hooks.map(hook => hook.root))].flatMap(each =>
      each === root ? [] : [`they are for the root ${each}`],
    ),
  ];
  for (const script of new Set(hooks.map(hook => hook.script)))
    await access(script).catch(() => problems.push(`${script} is not there: install them again`));
  for (const node of new Set(hooks.map(hook => hook.node)))
    await access(node, constants.X_OK).catch(() =>
      problems.push(`${node} is not there: the node on the PATH is taken`),
    );
  return { scope, path, state: problems.length === 0 ? 'installed' : 'broken', problems };
}

/** Its root comes from the environment of claude, which is supposed to be ours. */
async function pluginStatus(
  all: readonly Read[],
  answer: ProbeAnswer | null,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<InstallStatus> {
  const file = all.find(({ enablesPlugin }) => enablesPlugin);
  if (!file) return { scope: 'plugin', path: pluginDirectory, state: 'absent', problems: [] };
  const named = rootPath(undefined, env);
  const expected = await realpath(named).catch(() => named);
  const problems = [
    ...claudesProblems(file.scope, [], answer),
    ...disabledIn(file.path, all, answer),
    ...(expected === root ? [] : [`it is for the root ${expected}: $AGENT_RUNNER_HOME, else ~/.agent-runner`]),
  ];
  return { scope: 'plugin', path: file.path, state: problems.length === 0 ? 'installed' : 'broken', problems };
}

function claudesProblems(scope: Scope, hooks: Read['hooks'], answer: ProbeAnswer | null): string[] {
  if (!answer) return [];
  const reading = answer.files[scope];
  const present = hooks.map(({ event }) => event);
  const problem = droppedBecause(reading) ?? unheardEvents(reading, present);
  return [
    ...(problem ? [problem] : []),
    ...answer.managed.map(key => `"${key}" is true in this machine's managed settings`),
  ];
}

const droppedBecause = ({ isTaken, errors }: ProbeAnswer['files'][Scope]): string | null =>
  isTaken ? null : `claude drops the whole file: ${errors.join('; ') || 'it does not say why'}`;

function unheardEvents({ events }: ProbeAnswer['files'][Scope], present: readonly string[]): string | null {
  const unheard = present.filter(event => !(events as readonly string[]).includes(event));
  return unheard.length === 0
    ? null
    : `this claude does not run what is under hooks for ${[...new Set(unheard)].join(', ')}`;
}

/** In one file it applies to the hooks of all files (CLI 2.1.329); in a dropped file, to none. */
const disabledIn = (path: string, all: readonly Read[], answer: ProbeAnswer | null): string[] =>
  all
    .filter(({ disables, scope }) => disables && answer?.files[scope].isTaken !== false)
    .map(each => `"disableAllHooks" is true in ${each.path === path ? 'it' : each.path}`);
