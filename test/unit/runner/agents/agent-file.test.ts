import { describe, expect, test } from 'vitest';
import { RunnerError } from '#blackboard/system/errors.ts';
import { absolutePath, parseAgentFile } from '#runner/agents/agent-file.ts';

const parse = (matter: string, body = '') =>
  parseAgentFile(`---\n${matter}\n---\n${body}`, 'agent.md', '/home/u', '/r/a');

/** The message of the error, which must be one that a person can act on. */
function problem(matter: string): string {
  try {
    parse(matter);
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(RunnerError);
    expect(error).toMatchObject({ code: 'configuration', exit: 78 });
    return (error as Error).message;
  }
  throw new Error(`expected a refusal of: ${matter.slice(0, 100)}`);
}

test('cwd is all it takes; every other key has its default', () => {
  expect(parse('cwd: /src')).toMatchObject({
    cwd: '/src',
    permissionMode: 'manual',
    allowedTools: [],
    disallowedTools: [],
    addDirs: [],
    extraArgs: [],
    batch: 'thread',
    turnOn: ['request', 'question'],
    turnTimeout: 1_800_000,
    maxAttempts: 3,
    maxTurnsPerHour: 60,
    budget: { perTurnUsd: 2, perMessageUsd: 4, perDayUsd: 5 },
    session: { rotateAtContext: 0.6 },
    enabled: true,
    instructions: '',
  });
});

test('deferFor is a list of permission rules, and there must be a person to be asked', () => {
  const deferFor = (value: string, more = '') => parse(`cwd: /src\n${more}deferFor: ${value}`).deferFor;
  expect(parse('cwd: /src').deferFor).toEqual([]);
  expect(deferFor('["Bash(git push *)", Write, mcp__ops__deploy]')).toEqual([
    'Bash(git push *)',
    'Write',
    'mcp__ops__deploy',
  ]);
  for (const wrong of ['Bash', '[""]', '["Bash("]', '["*"]', '["(x)"]', '[1]', `["${'x'.repeat(501)}"]`])
    expect(() => deferFor(wrong), wrong).toThrow(/deferFor/);
  expect(() => deferFor('[Write]', 'approvals: off\n')).toThrow(/deferFor asks a person, and approvals is off/);
});

test('a resident is a yes, a no, auto, or limits of one’s own', () => {
  const residentOf = (value: string) => parse(`cwd: /src\nresident: ${value}`).resident;
  expect(parse('cwd: /src').resident).toEqual(residentOf('auto'));
  expect(residentOf('false')).toBeNull();
  expect(residentOf('true')).toEqual({
    idleTimeout: 300_000,
    maxTurns: 200,
    maxRssMiB: 600,
    isAuto: false,
    isOnce: false,
  });
  expect(residentOf('auto')).toMatchObject({ idleTimeout: 90_000, isAuto: true });
  expect(residentOf('{idleTimeout: 10m, maxTurns: 5}')).toMatchObject({ idleTimeout: 600_000, maxTurns: 5 });
  for (const wrong of ['always', '3', '{idleTimeout: 0}', '{maxTurns: 0}'])
    expect(() => residentOf(wrong), wrong).toThrow(/resident/);
  expect(() => residentOf('{minutes: 3}')).toThrow(/unknown key "minutes"/);
});

test('every key is read', () => {
  const text = `cwd: /src
model: opus
effort: high
permissionMode: acceptEdits
allowedTools: [Read, "Bash(npm test)"]
disallowedTools: [WebFetch]
addDirs: [/data, lib]
settings: {env: {A: b}}
settingSources: [user]
mcpConfig: mcp.json
extraArgs: [--verbose]
maxTurns: 9
batch: one
turnOn: [request, note]
turnTimeout: 90s
maxAttempts: 1
maxTurnsPerHour: 7
budget: {perTurnUsd: 0.5, perMessageUsd: 1, perDayUsd: 3}
session: {rotateAtContext: 0.5, rotateAfterTurns: 40}
enabled: false`;
  expect(parse(text, '\n# You\n\nDo well.\n')).toMatchObject({
    cwd: '/src',
    model: 'opus',
    effort: 'high',
    permissionMode: 'acceptEdits',
    allowedTools: ['Read', 'Bash(npm test)'],
    disallowedTools: ['WebFetch'],
    addDirs: ['/data', '/r/a/lib'],
    settings: { env: { A: 'b' } },
    settingSources: ['user'],
    mcpConfig: '/r/a/mcp.json',
    extraArgs: ['--verbose'],
    maxTurns: 9,
    batch: 'one',
    turnOn: ['request', 'note'],
    turnTimeout: 90_000,
    maxAttempts: 1,
    maxTurnsPerHour: 7,
    budget: { perTurnUsd: 0.5, perMessageUsd: 1, perDayUsd: 3 },
    session: { rotateAtContext: 0.5, rotateAfterTurns: 40 },
    enabled: false,
    instructions: '# You\n\nDo well.',
  });
});

test('half a budget has the other half by default', () => {
  expect(parse('cwd: /x\nbudget: {perDayUsd: 9}').budget).toMatchObject({ perTurnUsd: 2, perDayUsd: 9 });
});

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['45', 45_000],
])('a duration of %s is %d ms', (text, ms) => {
  expect(parse(`cwd: /x\nturnTimeout: ${text}`).turnTimeout).toBe(ms);
});

describe('directories', () => {
  test.each([
    ['~/src', '/home/u/src'],
    ['"~"', '/home/u'],
    ['./src', '/r/a/src'],
    ['../b', '/r/b'],
    ['/abs', '/abs'],
    ['~other/x', '/r/a/~other/x'],
  ])('%s is %s', (written, meant) => {
    expect(parse(`cwd: ${written}`).cwd).toBe(meant);
  });

  test('settings may be a file’s path, from the same place', () => {
    expect(parse('cwd: /x\nsettings: ~/s.json').settings).toBe('/home/u/s.json');
  });

  test('a path that begins with ~ and no slash is nobody’s home', () => {
    expect(absolutePath('~', '/home/u', '/b')).toBe('/home/u');
    expect(absolutePath('~x', '/home/u', '/b')).toBe('/b/~x');
  });
});

describe('a typo is one sentence with its line', () => {
  test.each([
    ['modle: x', 'unknown key "modle": did you mean "model"?'],
    ['permissionmode: plan', 'unknown key "permissionmode": did you mean "permissionMode"?'],
    ['somethingElseEntirely: x', 'unknown key "somethingElseEntirely": see docs/agent-md.md'],
    ['model: 5', '"model" is 5:'],
    ['disallowedTools: Edit', '"disallowedTools" is "Edit":'],
    ['addDirs: [7]', '"addDirs.0" is 7:'],
    ['settings: 3', `"settings" is 3: expected a file's path, or an object of settings`],
    ['mcpConfig: {a: b}', '"mcpConfig" is {"a":"b"}:'],
    ['extraArgs: --verbose', '"extraArgs" is "--verbose":'],
    ['budget: 5', '"budget" is 5:'],
    ['session: 5', '"session" is 5:'],
    ['effort: huge', '"effort" is "huge":'],
    ['permissionMode: yolo', '"permissionMode" is "yolo":'],
    ['permissionMode: default', '"permissionMode" is "default":'],
    ['allowedTools: Bash', '"allowedTools" is "Bash": expected a list, as [one, two]'],
    ['schedule: every 5m', '"schedule" is "every 5m": expected a list, as ["every 15m"]'],
    ['watch: src', '"watch" is "src": expected a list, as ["src/**/*.ts"]'],
    ['wakeOn: builds', '"wakeOn" is "builds": expected a list of topics, as [builds]'],
    ['maxTurns: 1.5', '"maxTurns" is 1.5:'],
    ['maxAttempts: 0', '"maxAttempts" is 0:'],
    ['maxTurnsPerHour: -1', '"maxTurnsPerHour" is -1:'],
    ['turnTimeout: soon', '"turnTimeout" is "soon": expected a duration, as 30m, 90s or 2h'],
    ['turnTimeout: 0', '"turnTimeout" is 0:'],
    ['turnTimeout: 0s', '"turnTimeout" is "0s":'],
    ['turnTimeout: -5m', '"turnTimeout" is "-5m":'],
    ['turnTimeout: 60d', '"turnTimeout" is "60d":'],
    ['batch: all', '"batch" is "all":'],
    ['turnOn: [reply]', '"turnOn.0" is "reply":'],
    ['settingSources: [enterprise]', '"settingSources.0" is "enterprise":'],
    ['enabled: yes please', '"enabled" is "yes please":'],
  ])('%s', (line, expected) => {
    const message = problem(`cwd: /x\n# a comment\n${line}`);
    expect(message).toMatch(/^agent\.md:4: /);
    expect(message).toContain(expected);
  });

  test('of a key inside budget, with its own line and name', () => {
    expect(problem('cwd: /x\nbudget:\n  perTurnUsd: 1\n  perDay: 3')).toBe(
      'agent.md:5: unknown key "perDay": did you mean "perDayUsd"?',
    );
    expect(problem('cwd: /x\nbudget:\n  perTurnUsd: 1\n  perDayUsd: 0')).toMatch(
      /^agent\.md:5: "budget\.perDayUsd" is 0/,
    );
  });

  test('of an entry inside a list that stands on lines of its own', () => {
    expect(problem('cwd: /x\nallowedTools:\n  - Read\n  - 3')).toMatch(/^agent\.md:3: "allowedTools\.1" is 3/);
  });

  test('of the one key that must be there: the typo is told, not what it leaves missing', () => {
    expect(problem('# where\ncdw: /x')).toBe('agent.md:3: unknown key "cdw": did you mean "cwd"?');
  });

  test('several are told at once, in their order, each with its line', () => {
    expect(problem('cwd: /x\nmodle: a\nbudget:\n  perDay: 3\nallowedTools: Bash\nmaxTurns: 0')).toMatch(
      /^agent\.md:3: unknown key "modle": did you mean "model"\?; line 5: unknown key "perDay": did you mean "perDayUsd"\?; line 6: "allowedTools" is "Bash": expected a list, as \[one, two\]; line 7: "maxTurns" is 0: /,
    );
    const parseSchedule = () => {
      throw new Error('no');
    };
    const text = '---\ncwd: /x\nextraArgs: [--print]\nschedule: [a, b]\n---\n';
    expect(() => parseAgentFile(text, 'agent.md', '/h', '/b', parseSchedule)).toThrow(
      /^agent\.md:3: extraArgs may not hold --print: [^;]*; line 4: "schedule\.0" is "a": no; line 4: "schedule\.1" is "b": no$/,
    );
  });

  test('more than a dozen are counted', () => {
    const message = problem(Array.from({ length: 20 }, (_, at) => `key${at}${'y'.repeat(9)}: 1`).join('\n'));
    expect(message.split('; line ')).toHaveLength(12);
    expect(message).toMatch(/; and 9 more$/);
  });

  test('a subagent of Claude Code: each of its keys with what agent.md has instead', () => {
    const message = problem(
      'name: reviewer\ndescription: Reviews code\ntools: Read, Grep\nmodel: inherit\ncolor: blue\nmcpServers: [a]',
    );
    for (const words of [
      'agent.md:2: unknown key "name": an agent is called after its directory',
      'line 2: "cwd" is missing',
      'line 3: unknown key "description": agent.md has nothing like it: write it into the instructions',
      'line 4: unknown key "tools": agent.md calls it "allowedTools"',
      'line 5: "model" is "inherit": expected a model, as sonnet',
      'line 6: unknown key "color": agent.md has nothing like it',
      'line 7: unknown key "mcpServers": agent.md has "mcpConfig"',
    ])
      expect(message).toContain(words);
  });

  test.each([
    ['UTF-16 with its mark', Buffer.from('\ufeff---\ncwd: /x\n---\n', 'utf16le')],
    ['UTF-16 without it', Buffer.from('---\ncwd: /x\n---\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeff---\ncwd: /x\n---\n', 'utf16le').swap16()],
  ])('%s is named', (_name, bytes) => {
    expect(() => parseAgentFile(new TextDecoder().decode(bytes), 'agent.md', '/h', '/b')).toThrow(
      'agent.md is UTF-16; save it as UTF-8',
    );
  });

  test('a missing cwd', () => {
    expect(problem('model: x')).toBe('agent.md:2: "cwd" is missing');
    expect(problem('')).toBe('agent.md:2: "cwd" is missing');
  });

  test('a bare ~ is YAML’s null, and is refused as such', () => {
    expect(problem('cwd: ~')).toMatch(/^agent\.md:2: "cwd" is null/);
  });

  test('the hint says where to look', () => {
    try {
      parse('nothing: here');
    } catch (error) {
      expect((error as RunnerError).hint).toContain('docs/agent-md.md');
    }
  });

  test('Windows line ends do not shift the line', () => {
    expect(() => parseAgentFile('---\r\ncwd: /x\r\nmodle: y\r\n---\r\n', 'agent.md', '/', '/')).toThrow(
      /^agent\.md:3: /,
    );
  });
});

describe('what is no front matter, or broken', () => {
  test.each([
    ['nothing at all', ''],
    ['only a body', 'Do well.\n'],
    ['an end that never comes', '---\ncwd: /x\n'],
    ['a beginning that does not stand first', '\n---\ncwd: /x\n---\n'],
  ])('%s', (_what, text) => {
    expect(() => parseAgentFile(text, 'agent.md', '/', '/')).toThrow('agent.md:1: expected front matter');
  });

  test.each([
    ['an open list', 'cwd: /x\nallowedTools: [a', 3],
    ['a tab for indentation', 'cwd: /x\nbudget:\n\tperDayUsd: 1', 4],
    ['a key twice', 'cwd: /x\ncwd: /y', 3],
  ])('%s is named with its line in the file, and with no other line', (_what, matter, line) => {
    const message = problem(matter);
    expect(message).toMatch(new RegExp(`^agent\\.md:${line}: \\S`));
    expect(message).not.toMatch(/at line \d/);
  });

  test.each(['just text', '- a\n- b', '42'])('%j is no set of keys', matter => {
    expect(problem(matter)).toMatch(/^agent\.md:2: .*expected object/);
  });
});

describe('a hostile file', () => {
  test('aliases are refused with their line, so that no file can blow up in memory', () => {
    expect(problem('cwd: /x\naddDirs: &a [/y]\nallowedTools: *a')).toMatch(/^agent\.md:4: /);
    expect(problem('cwd: *nothing')).toMatch(/^agent\.md:2: /);
    const laughs = Array.from({ length: 12 }, (_, at) =>
      at === 0
        ? 'a0: &a0 [x]'
        : `a${at}: &a${at} [${Array(9)
            .fill(`*a${at - 1}`)
            .join(', ')}]`,
    );
    expect(problem(['cwd: /x', ...laughs].join('\n'))).toMatch(/^agent\.md:\d+: /);
  });

  test('two thousand unknown keys are refused at once, in one sentence', () => {
    const keys = Array.from({ length: 2_000 }, (_, at) => `${at.toString(36)}: 1`);
    const message = problem(keys.join('\n'));
    expect(message.length).toBeLessThan(200);
  });

  test('a prototype is a key like any other', () => {
    expect(problem('cwd: /x\n__proto__: {enabled: false}')).toContain('unknown key "__proto__"');
    expect(problem('cwd: /x\nconstructor: 1')).toContain('unknown key "constructor"');
  });

  test('bypassPermissions holds only where it is written out', () => {
    expect(parse('cwd: /x\npermissionMode: bypassPermissions').permissionMode).toBe('bypassPermissions');
    for (const near of ['bypass', 'bypasspermissions', 'BypassPermissions', 'true'])
      expect(problem(`cwd: /x\npermissionMode: ${near}`)).toContain('"permissionMode" is');
    expect(problem('cwd: /x\nbypassPermissions: true')).toContain('unknown key');
  });

  test.each([
    '-p',
    '--print',
    '-r',
    '--resume=x',
    '-c',
    '--continue',
    '--session-id',
    '--fork-session',
    '--output-format=text',
    '--input-format',
    '--permission-mode=bypassPermissions',
    '--dangerously-skip-permissions',
    '--allow-dangerously-skip-permissions',
    '--append-system-prompt',
    '--append-system-prompt-file=x',
    '--system-prompt-snapshot',
    '--settings={}',
    '--max-budget-usd=999',
    '--max-turns=0',
    '--bg',
    '--no-session-persistence',
    '--',
  ])('extraArgs may not hold %s: the runner sets it itself', argument => {
    const message = problem(`cwd: /x\nextraArgs: [--verbose, "${argument}"]`);
    expect(message).toBe(`agent.md:3: extraArgs may not hold ${argument}: the runner sets it itself`);
  });

  test('extraArgs may hold what only looks like it', () => {
    const given = ['--printer', '--resume-later=1', '--betas=x', '--fallback-model', 'sonnet'];
    expect(parse(`cwd: /x\nextraArgs: ${JSON.stringify(given)}`).extraArgs).toEqual(given);
  });
});
