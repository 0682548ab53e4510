/**
 * `agent-runner hooks status`: where our hooks are installed and whether they would run. Exit codes: 0 one installation is whole ·
 * 1 none is. --json: a list of {scope, path, state, problems}, with the last lines of the hooks' log.
 */
import { access, constants, realpath } from 'node:fs/promises';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode, reasonOf } from '../../blackboard/errors.ts';
import { readText } from '../../blackboard/files.ts';
import { rootLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { readSettings, SCOPES, type Scope, settingsPath } from '../../hooks/install/installation.ts';
import { disablesHooks, enablesPlugin, findHooks, HOOK_EVENTS } from '../../hooks/install/settings-text.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { pluginDirectory } from '../terminal/hooks-target.ts';
import { printJson } from '../terminal/printing.ts';

interface InstallStatus {
  scope: Scope | 'plugin';
  path: string;
  state: 'installed' | 'broken' | 'absent';
  problems: string[];
}

const LOG_LINES = 3;

export async function run(global: GlobalOptions): Promise<number> {
  const root = await requireRoot(rootPath(global.root, process.env));
  const found = [...(await Promise.all(SCOPES.map(scope => look(scope, root)))), await lookForPlugin(root)];
  const log = await readText(createDiskFiles(), rootLayout(root).hooksLog, 2 * limits.hookLogBytesMax);
  const trouble = (log ?? '').trimEnd().split('\n').filter(Boolean).slice(-LOG_LINES);
  if (global.json) printJson({ installs: found, log: trouble });
  else {
    for (const { scope, path, state, problems } of found)
      process.stdout.write(
        `${scope.padEnd(8)} ${state.padEnd(10)} ${path}\n${problems.map(each => `  ${each}\n`).join('')}`,
      );
    if (trouble.length > 0)
      process.stdout.write(`\nLast trouble (${rootLayout(root).hooksLog}):\n  ${trouble.join('\n  ')}\n`);
    if (found.every(({ state }) => state === 'absent'))
      process.stdout.write('\nInstall them: agent-runner hooks install\n');
  }
  return found.some(({ state }) => state === 'installed') ? exitCode.ok : exitCode.no;
}

/** Its root is told by the environment that claude runs in, and that is supposed to be ours. */
async function lookForPlugin(root: string): Promise<InstallStatus> {
  const absent: InstallStatus = { scope: 'plugin', path: pluginDirectory, state: 'absent', problems: [] };
  for (const scope of SCOPES) {
    const path = settingsPath(scope, process.env, process.cwd());
    const text = await readSettings(path).catch(() => null);
    try {
      if (text === null || !enablesPlugin(text, path)) continue;
      const named = rootPath(undefined, process.env);
      const expected = await realpath(named).catch(() => named);
      const problems = [
        ...(disablesHooks(text, path) ? [`"disableAllHooks" is true in ${path}`] : []),
        ...(expected === root ? [] : [`it is for the root ${expected}: $AGENT_RUNNER_HOME, else ~/.agent-runner`]),
      ];
      return { scope: 'plugin', path, state: problems.length === 0 ? 'installed' : 'broken', problems };
    } catch {
      // Told of that file already.
    }
  }
  return absent;
}

/** Said in one file, it holds for the hooks of all (CLI 2.1.329). A file that is no JSON is told of where it is looked at. */
async function disabledElsewhere(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const other of SCOPES.map(scope => settingsPath(scope, process.env, process.cwd()))) {
    const text = other === path ? null : await readSettings(other).catch(() => null);
    try {
      if (text !== null && disablesHooks(text, other)) found.push(`"disableAllHooks" is true in ${other}`);
    } catch {
      // Told of there.
    }
  }
  return found;
}

async function look(scope: Scope, root: string): Promise<InstallStatus> {
  const path = settingsPath(scope, process.env, process.cwd());
  try {
    const text = await readSettings(path);
    const hooks = text === null ? [] : findHooks(text, path);
    if (text === null || hooks.length === 0) return { scope, path, state: 'absent', problems: [] };
    const problems = [
      ...HOOK_EVENTS.filter(event => !hooks.some(hook => hook.event === event)).map(
        event => `there is no hook for ${event}`,
      ),
      ...(disablesHooks(text, path) ? ['"disableAllHooks" is true in it'] : []),
      ...(await disabledElsewhere(path)),
      ...(hooks.some(hook => hook.root !== root) ? [`they are for the root ${hooks[0]!.root}`] : []),
    ];
    for (const script of new Set(hooks.map(hook => hook.script)))
      await access(script).catch(() => problems.push(`${script} is not there: install them again`));
    for (const node of new Set(hooks.map(hook => hook.node)))
      await access(node, constants.X_OK).catch(() =>
        problems.push(`${node} is not there: the node on the PATH is taken`),
      );
    return { scope, path, state: problems.length === 0 ? 'installed' : 'broken', problems };
  } catch (error) {
    return { scope, path, state: 'broken', problems: [reasonOf(error)] };
  }
}
