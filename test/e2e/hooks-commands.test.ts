// hooks install, uninstall and status from a shell, as their user has them. No claude: hooks-settings.test.ts has it asked.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOOK_EVENTS } from '#hooks/install/settings-text.ts';
import { buildForFile } from '#test/support/interactive-claude.ts';

const build = buildForFile();
let home: string;
let project: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ar-hooks-'));
  project = join(home, 'project');
  mkdirSync(project);
  run(['init']);
  writeFileSync(join(home, '.agent-runner', 'config.yaml'), 'claude: /nowhere/claude\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(args: string[]) {
  const end = spawnSync(process.execPath, [join(build.dist, 'cli.js'), ...args], {
    encoding: 'utf8',
    cwd: project,
    env: { PATH: process.env.PATH ?? '', HOME: home },
  });
  return { code: end.status, stdout: end.stdout, stderr: end.stderr };
}
const settingsOf = (scope: string) =>
  scope === 'user'
    ? join(home, '.claude', 'settings.json')
    : join(project, '.claude', scope === 'project' ? 'settings.json' : 'settings.local.json');
const write = (scope: string, text: string): string => {
  mkdirSync(join(settingsOf(scope), '..'), { recursive: true });
  writeFileSync(settingsOf(scope), text);
  return settingsOf(scope);
};
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const statesOf = () =>
  Object.fromEntries(
    (JSON.parse(run(['hooks', 'status', '--json']).stdout).installs as { scope: string; state: string }[]).map(
      ({ scope, state }) => [scope, state],
    ),
  );

/** As people have them: hooks of others, odd white space, no newline at the end, CRLF, a byte order mark. */
const OTHERS = [
  '{}',
  '{"model":"opus","hooks":{"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}',
  '{\n\t"permissions": { "allow": ["Bash(ls:*)"] },\n\t"hooks": {\n\t\t"UserPromptSubmit": [\n\t\t\t{ "hooks": [{ "type": "command", "command": "./mine.sh" }] }\n\t\t]\n\t}\n}\n',
  '\ufeff{\r\n  "hooks": {\r\n    "PostToolUse": [ ]\r\n  },\r\n  "env": { "A": "\\u0041" }\r\n}',
];

describe.each(['user', 'project', 'local'])('--%s', scope => {
  test.each(OTHERS)('install, again, uninstall: %j is what it was, byte for byte', before => {
    const path = write(scope, before);
    const hash = hashOf(path);
    const dry = run(['hooks', 'install', `--${scope}`, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toContain(`${path} would change:\n`);
    expect(dry.stdout).toMatch(/^\+ .*hook\.sh' UserPromptSubmit/m);
    expect(hashOf(path)).toBe(hash);
    expect(statesOf()).toMatchObject({ [scope]: 'absent' });

    const installed = run(['hooks', 'install', `--${scope}`]);
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    const backup = /What it was before: (.*)/.exec(installed.stdout)![1]!;
    expect(readFileSync(backup, 'utf8')).toBe(before);
    const after = readFileSync(path, 'utf8');
    const settings = JSON.parse(after.replace(/^\ufeff/, ''));
    const earlier = JSON.parse(before.replace(/^\ufeff/, ''));
    expect(Object.keys(settings.hooks).sort()).toEqual([...HOOK_EVENTS].sort());
    for (const [event, groups] of Object.entries(earlier.hooks ?? {}))
      expect(settings.hooks[event].slice(0, (groups as []).length)).toEqual(groups);
    expect({ ...settings, hooks: null }).toEqual({ ...earlier, hooks: null });

    expect(run(['hooks', 'install', `--${scope}`]).stdout).toContain('nothing to change');
    expect(readFileSync(path, 'utf8')).toBe(after);
    expect(statesOf()).toMatchObject({ [scope]: 'installed' });
    expect(run(['hooks', 'uninstall', `--${scope}`, '--dry-run']).stdout).toMatch(/^- .*hook\.sh' Stop/m);
    expect(readFileSync(path, 'utf8')).toBe(after);
    expect(run(['hooks', 'uninstall', `--${scope}`])).toMatchObject({ code: 0, stderr: '' });
    expect(hashOf(path)).toBe(hash);
    expect(readdirSync(join(home, '.agent-runner', 'hooks'))).toEqual([]);
  });

  test('a file that is not valid JSON is refused, unchanged', () => {
    const path = write(scope, '{"model": "opus",}\n// mine\n');
    const hash = hashOf(path);
    for (const verb of ['install', 'uninstall'])
      for (const dry of [[], ['--dry-run']]) {
        const end = run(['hooks', verb, `--${scope}`, ...dry]);
        expect(end).toMatchObject({ code: 65, stdout: '' });
        expect(end.stderr).toContain(`${path} is not valid JSON`);
        expect(end.stderr).toContain('it was not touched');
      }
    expect(hashOf(path)).toBe(hash);
    expect(statesOf()).toMatchObject({ [scope]: 'broken' });
  });

  test('a file that was not there is gone again', () => {
    expect(run(['hooks', 'install', `--${scope}`])).toMatchObject({ code: 0 });
    expect(existsSync(settingsOf(scope))).toBe(true);
    expect(run(['hooks', 'uninstall', `--${scope}`])).toMatchObject({ code: 0 });
    expect(existsSync(settingsOf(scope))).toBe(false);
  });
});

test('status says what is wrong, and ends with 1 where nothing would run', () => {
  expect(run(['hooks', 'status'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('agent-runner hooks install'),
  });
  run(['hooks', 'install']);
  expect(run(['hooks'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^user +installed +\S+settings\.json$/m),
  });
  const path = settingsOf('user');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replaceAll(process.execPath, '/nowhere/node'));
  expect(run(['hooks']).stdout).toContain('/nowhere/node is not there: the node on the PATH is taken');
  writeFileSync(path, text.replaceAll(build.dist, '/nowhere'));
  expect(run(['hooks'])).toMatchObject({ code: 1, stdout: expect.stringContaining('/nowhere/hook.sh is not there') });
  writeFileSync(path, text.replace('{', '{\n  "disableAllHooks": true,'));
  expect(run(['hooks'])).toMatchObject({ code: 1, stdout: expect.stringContaining('"disableAllHooks" is true in it') });
  writeFileSync(path, text);
  const project = write('project', '{"disableAllHooks": true}');
  expect(run(['hooks'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`"disableAllHooks" is true in ${project}`),
  });
  rmSync(project);
  const { hooks, ...rest } = JSON.parse(text);
  const { Stop, ...others } = hooks;
  expect(Stop).toHaveLength(1);
  writeFileSync(path, JSON.stringify({ ...rest, hooks: others }));
  expect(run(['hooks'])).toMatchObject({ code: 1, stdout: expect.stringContaining('there is no hook for Stop') });
  // Installing again mends all of it.
  expect(run(['hooks', 'install', '--deliver-on-stop'])).toMatchObject({ code: 0 });
  expect(run(['hooks'])).toMatchObject({ code: 0 });
  expect(readFileSync(path, 'utf8').split('deliver-on-stop').length - 1).toBe(1);
});

test('two scopes at once are refused', () => {
  expect(run(['hooks', 'install', '--user', '--local'])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('expected one of --user, --project and --local'),
  });
});

test('the plugin is where the command says', () => {
  const { stdout } = run(['hooks', 'plugin']);
  expect(existsSync(join(stdout.trim(), '.claude-plugin', 'plugin.json'))).toBe(true);
  expect(JSON.parse(run(['hooks', 'plugin', '--json']).stdout)).toEqual({ path: stdout.trim() });
  write('user', '{"enabledPlugins":{"agent-runner@agent-runner":true}}');
  expect(statesOf()).toMatchObject({ user: 'absent', plugin: 'installed' });
});
