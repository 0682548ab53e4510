// The plugin under the real claude: it is a valid one, its server and its skill reach the model, beside hooks and servers of the
// same name; what a session is told where the command is missing.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REACTION_POLICY } from '#hooks/news/reaction-policy.ts';
import { listedTools } from '#runner/mcp/calls.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';
import { buildForFile, type Hooked, hookedClaude, times } from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { person } from '#test/support/person.ts';

const build = buildForFile();
const plugin = () => join(build.dist, 'plugin');
const prefixed = (server: string) => listedTools().map(({ name }) => `mcp__${server}__${name}`);
const OF_PLUGIN = prefixed('plugin_agent-runner_agent-runner');

/** The MCP tools in the first request of one turn. */
async function toolsOf(hooked: Hooked, ...args: string[]): Promise<string[]> {
  expect((await hooked.headless('hi', ['--plugin-dir', plugin(), ...args])).code).toBe(0);
  const { tools = [] } = hooked.server.turns().at(-1)!.body;
  return tools.map(({ name = '' }) => name).filter(name => name.startsWith('mcp__'));
}
const serverFlag = (command: string, ...args: string[]) =>
  `--mcp-config=${JSON.stringify({ mcpServers: { 'agent-runner': { command, args, alwaysLoad: true } } })}`;

test('claude and its plugin directory take it, without an error', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  const args = ['plugin', 'validate', plugin(), '--profile', 'directory', '--json'];
  const { code, stdout } = await hooked.place.run({ executable: realClaudePath(), args });
  const { manifest, provides, directory } = JSON.parse(stdout);
  expect({ code, errors: manifest.errors, warnings: manifest.warnings }).toEqual({ code: 0, errors: [], warnings: [] });
  expect(directory.findings.map((each: { code: string }) => each.code)).toEqual(['ICON_MISSING']);
  expect(provides.mcpServers).toHaveLength(1);
  expect(provides.skills).toHaveLength(1);
  expect(provides.modules).toEqual([{ path: 'hooks/register.js' }]);
});

test('its mod passes the tests that claude runs: band, pane, wake, what a button does, hostile words', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  const copy = join(hooked.place.root, 'plugin');
  cpSync(plugin(), copy, { recursive: true });
  const tests = readFileSync(new URL('../fixtures/mod.claude-test.js', import.meta.url), 'utf8');
  writeFileSync(join(copy, 'mod.test.ts'), `const HOSTILE = ${JSON.stringify(HOSTILE_TEXTS)};\n${tests}`);
  const { code, stdout, stderr } = await hooked.place.run({
    executable: realClaudePath(),
    args: ['plugin', 'test', copy],
  });
  expect(stdout + stderr).toMatch(/\n 16 pass\n 0 fail\n/);
  expect(code).toBe(0);
});

test('its tools stand in the first request, beside the hooks; the same server of another place takes their place', async () => {
  await using hooked = await hookedClaude(build.dist);
  expect((await toolsOf(hooked)).sort()).toEqual([...OF_PLUGIN].sort());
  expect((await toolsOf(hooked, serverFlag('agent-runner', 'mcp'))).sort()).toEqual(prefixed('agent-runner').sort());
  // claude compares command lines: what is started in another way is another server, and is there beside it (2.1.332).
  const both = await toolsOf(hooked, serverFlag(process.execPath, join(build.dist, 'cli.js'), 'mcp'));
  expect(both.sort()).toEqual([...prefixed('agent-runner'), ...OF_PLUGIN].sort());
});

test.each(['/agent-runner', '/agent-runner:agent-runner'])(
  'the skill is listed, and %s brings its text',
  async typed => {
    await using hooked = await hookedClaude(build.dist, { install: false });
    await hooked.headless(`${typed} tell the reviewer`, ['--plugin-dir', plugin()]);
    const { body } = hooked.server.turns().at(-1)!;
    const request = JSON.stringify(body);
    expect(request).toContain('agent-runner:agent-runner: Work with the other agents and Claude sessions');
    expect(request).toContain('# Other agents and sessions of this machine');
    expect(request).toContain('tell the reviewer');
    const skill = readFileSync(join(plugin(), 'skills', 'agent-runner', 'SKILL.md'), 'utf8');
    expect(times(skill, REACTION_POLICY), 'from its one source').toBe(1);
    expect(skill).not.toContain('{{');
    for (const name of listedTools().map(each => each.name)) expect(skill).toContain(`\`${name}\``);
  },
);

test('where the command is missing the person and the model are told, once', async () => {
  await using hooked = await hookedClaude(build.dist);
  rmSync(join(hooked.place.root, 'bin', 'agent-runner'));
  const terminal = await hooked.terminal(['--plugin-dir', plugin()]);
  const words = 'the PATH of this session has no command agent-runner';
  await hooked.until('the words on the screen', () => terminal.screen().replace(/\s+/g, ' ').includes(words));
  await terminal.prompt('hi');
  const request = await hooked.until('the request', () => hooked.server.turns()[0] ?? null);
  expect(times(JSON.stringify(request.body), words)).toBe(1);
});

test('a turn of an agent whose user has the plugin gets no tools by it', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  const claude = {
    executable: realClaudePath(),
    args: ['plugin', 'install', 'agent-runner', '--marketplace', plugin()],
  };
  expect((await hooked.place.run(claude)).code).toBe(0);
  await hooked.cli(['add', 'worker', '--cwd', hooked.place.cwd]);
  writeFileSync(join(hooked.root, 'config.yaml'), `claude: ${realClaudePath()}\n`);
  await hooked.cli(['send', 'worker', 'the work']);
  await hooked.cli(['start', '--once']);
  const request = JSON.stringify(hooked.server.turns().at(-1)!.body);
  expect(request, 'its skill shows that the plugin is on').toContain('agent-runner:agent-runner');
  expect(request).not.toContain('mcp__plugin_agent-runner');
});

test('a person has claude install it, again, take it out; it is on after a plugin of another place or one switched off', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  writeFileSync(join(hooked.root, 'config.yaml'), `claude: ${realClaudePath()}\n`);
  const { env } = hooked.place;
  using operator = person(hooked.root, env);
  const plugin = async (verb: string, more: Record<string, string> = {}) => {
    const { stdout, stderr, code } = await operator.typesWith({ ...env, ...more }, 'plugin', verb, '--json');
    expect(stderr).toBe('');
    expect(jsonViolations(`plugin ${verb}`, JSON.parse(stdout))).toEqual([]);
    return { code, ...JSON.parse(stdout) };
  };
  const none = {
    version: null,
    enabled: false,
    path: null,
    hooksToo: false,
    command: null,
    mod: { lives: 0, sessions: 0 },
  };
  expect(await plugin('status')).toEqual({ code: 1, ...none });
  const claude = (...args: string[]) => hooked.place.run({ executable: realClaudePath(), args: ['plugin', ...args] });
  // As after an update that moved the package.
  expect((await claude('marketplace', 'add', join(build.dist, 'plugin'))).code).toBe(0);
  const installed = await plugin('install');
  expect(installed).toMatchObject({ code: 0, changed: true, path: expect.not.stringContaining(build.dist) });
  expect(await plugin('install')).toMatchObject({ code: 0, changed: false });
  expect((await claude('disable', 'agent-runner@agent-runner')).code).toBe(0);
  expect(await plugin('status')).toMatchObject({ code: 1, enabled: false });
  expect(await plugin('install')).toMatchObject({ code: 0, changed: true });
  await hooked.cli(['hooks', 'install']);
  const bin = join(hooked.place.root, 'bin');
  const { path, version } = installed;
  const found = { version, enabled: true, path, hooksToo: true, command: join(bin, 'agent-runner') };
  const mod = { lives: 0, sessions: 0 };
  expect(await plugin('status', { PATH: `${bin}:${env.PATH}` })).toEqual({ code: 0, ...found, mod });

  // Not a person: the same command from a process without a terminal, and from a session's tool.
  for (const verb of ['install', 'uninstall'])
    for (const sign of [{}, { CLAUDECODE: '1' }])
      await expect(hooked.cli(['plugin', verb], { env: sign })).rejects.toThrow(/exit 77/);
  expect(await plugin('status')).toMatchObject({ enabled: true });
  expect(await plugin('uninstall')).toEqual({ code: 0, changed: true });
  expect(await plugin('uninstall')).toEqual({ code: 0, changed: false });
  expect((await claude('marketplace', 'list', '--json')).stdout).not.toContain('agent-runner');
});
