import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { enablesPlugin, HOOK_EVENTS } from '#hooks/install/settings-text.ts';

const { hooks } = JSON.parse(
  readFileSync(new URL('../../../../templates/plugin/hooks/hooks.json', import.meta.url), 'utf8'),
) as {
  hooks: Record<string, { matcher?: string; hooks: Command[] }[]>;
};

interface Command {
  type: string;
  command: string;
  args: string[];
  timeout: number;
  asyncRewake?: boolean;
}

/** With a blank in its name, and a hook that prints its arguments, a line for each. */
const place = mkdtempSync(join(tmpdir(), 'ar plugin '));
writeFileSync(join(place, 'hook.sh'), `#!/bin/sh\nprintf '%s\\n' "$@"\n`, { mode: 0o755 });
mkdirSync(join(place, 'hooks'));
const check = new URL('../../../../templates/plugin/hooks/command-check.sh', import.meta.url);
writeFileSync(join(place, 'hooks', 'command-check.sh'), readFileSync(check), { mode: 0o755 });
afterAll(() => rmSync(place, { recursive: true }));

test('the plugin has the very hooks of an installation', () => {
  expect(Object.keys(hooks)).toEqual([...HOOK_EVENTS]);
  for (const [event, groups] of Object.entries(hooks)) {
    expect(groups).toHaveLength(event === 'SessionStart' ? 2 : 1);
    expect(groups[0]!.hooks).toMatchObject([{ type: 'command', timeout: limits.hookTimeoutSeconds }]);
  }
  const { asyncRewake } = hooks.FileChanged![0]!.hooks[0]!;
  expect(asyncRewake, 'what ends with 2 there wakes the session').toBe(true);
});

const PLUGIN = '$'.concat('{CLAUDE_PLUGIN_ROOT}');

/** As claude starts it, without a shell: only the plugin's directory is filled in. */
function started({ command, args }: Command, env: Record<string, string>): string {
  const [path, ...words] = [command, ...args].map(word => word.replaceAll(PLUGIN, place));
  return execFileSync(path!, words, { env, encoding: 'utf8' });
}

test.each(HOOK_EVENTS)('the hook for %s is the one in the plugin, and is told its event alone', event => {
  const [hook] = hooks[event]![0]!.hooks;
  expect(hook).toMatchObject({ command: `${PLUGIN}/hook.sh`, args: [event] });
  expect(started(hook!, {})).toBe(`${event}\n`);
});

test('where the command is missing a new session is told, once; an agent’s turn is not', () => {
  const { matcher, hooks: told } = hooks.SessionStart![1]!;
  expect(matcher, 'not again after /clear, a resumption or a compaction').toBe('startup');
  const { systemMessage, hookSpecificOutput } = JSON.parse(started(told[0]!, { PATH: '/nowhere' }));
  expect(systemMessage).toContain('the PATH of this session has no command agent-runner');
  expect(hookSpecificOutput).toEqual({ hookEventName: 'SessionStart', additionalContext: systemMessage });
  expect(started(told[0]!, { PATH: '/nowhere', AGENT_RUNNER_TURN_DIR: '/t' })).toBe('');
  writeFileSync(join(place, 'agent-runner'), '', { mode: 0o755 });
  expect(started(told[0]!, { PATH: place })).toBe('');
});

test('it is on where the settings say so, from whatever marketplace', () => {
  const text = (plugins: object) => JSON.stringify({ enabledPlugins: plugins });
  expect(enablesPlugin(text({ 'agent-runner@agent-runner': true }), 'x')).toBe(true);
  expect(enablesPlugin(text({ 'agent-runner@mine': true, 'b@c': false }), 'x')).toBe(true);
  expect(enablesPlugin(text({ 'agent-runner@agent-runner': false }), 'x')).toBe(false);
  expect(enablesPlugin(text({ 'other@agent-runner': true }), 'x')).toBe(false);
  expect(enablesPlugin('{}', 'x')).toBe(false);
});
