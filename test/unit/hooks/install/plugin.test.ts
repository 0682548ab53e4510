import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { enablesPlugin, HOOK_EVENTS } from '#hooks/install/settings-text.ts';

const { hooks } = JSON.parse(
  readFileSync(new URL('../../../../templates/plugin/hooks/hooks.json', import.meta.url), 'utf8'),
) as {
  hooks: Record<
    string,
    { matcher?: string; hooks: { type: string; command: string; timeout: number; asyncRewake?: boolean }[] }[]
  >;
};

/** With a blank in its name, and a hook that prints its arguments, a line for each. */
const place = mkdtempSync(join(tmpdir(), 'ar plugin '));
writeFileSync(join(place, 'hook.sh'), `printf '%s\\n' "$@"\n`);
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

test.each(HOOK_EVENTS)('its command for %s calls the hook in the plugin, with the root of the environment', event => {
  const { command } = hooks[event]![0]!.hooks[0]!;
  const run = (env: Record<string, string>) => execFileSync('/bin/sh', ['-c', command], { env, encoding: 'utf8' });
  expect(command).toContain('"$CLAUDE_PLUGIN_ROOT/hook.sh"');
  expect(run({ CLAUDE_PLUGIN_ROOT: join(place, 'nowhere'), HOME: '/h' }), 'the plugin is gone').toBe('');
  const shown = { CLAUDE_PLUGIN_ROOT: place, HOME: '/a home' };
  expect(run(shown)).toBe(`${event}\n/a home/.agent-runner\n\n`);
  expect(run({ ...shown, AGENT_RUNNER_HOME: '/my root' })).toBe(`${event}\n/my root\n\n`);
});

test('where the command is missing a new session is told, once; an agent’s turn is not', () => {
  const { matcher, hooks: told } = hooks.SessionStart![1]!;
  expect(matcher, 'not again after /clear, a resumption or a compaction').toBe('startup');
  const run = (env: Record<string, string>) =>
    execFileSync('/bin/sh', ['-c', told[0]!.command], { env, encoding: 'utf8' });
  const { systemMessage, hookSpecificOutput } = JSON.parse(run({ PATH: '/nowhere' }));
  expect(systemMessage).toContain('the PATH of this session has no command agent-runner');
  expect(hookSpecificOutput).toEqual({ hookEventName: 'SessionStart', additionalContext: systemMessage });
  expect(run({ PATH: '/nowhere', AGENT_RUNNER_TURN_DIR: '/t' })).toBe('');
  writeFileSync(join(place, 'agent-runner'), '', { mode: 0o755 });
  expect(run({ PATH: place })).toBe('');
});

test('it is on where the settings say so, from whatever marketplace', () => {
  const text = (plugins: object) => JSON.stringify({ enabledPlugins: plugins });
  expect(enablesPlugin(text({ 'agent-runner@agent-runner': true }), 'x')).toBe(true);
  expect(enablesPlugin(text({ 'agent-runner@mine': true, 'b@c': false }), 'x')).toBe(true);
  expect(enablesPlugin(text({ 'agent-runner@agent-runner': false }), 'x')).toBe(false);
  expect(enablesPlugin(text({ 'other@agent-runner': true }), 'x')).toBe(false);
  expect(enablesPlugin('{}', 'x')).toBe(false);
});
