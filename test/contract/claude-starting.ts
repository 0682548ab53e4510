// Contract cases: how a turn is started, resumed and refused, and what reaches the model.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { neutralizeAt } from '#hooks/claude/neutralize.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import { VENDOR_OFF } from '#runner/claude/child-env.ts';
import { askKeepsPrompt } from '#runner/claude/prompt-probe.ts';
import { wholeText } from '#runner/demo/model-server/model-request.ts';
import { versionOf } from '#test/support/isolated-claude.ts';
import type { Subject } from './claude-subject.ts';
import { bench, hookSettings, isPrompt } from './claude-subject.ts';

/** Blank and ASCII punctuation. */
const ascii = Array.from({ length: 95 }, (_, at) => 32 + at).filter(code => !/\w/.test(String.fromCodePoint(code)));

export function startingCases(subject: Subject): void {
  const realOnly = it.runIf(subject.name === 'real');

  it('takes the prompt from stdin, however long, and the id of a new session from --session-id', async () => {
    await using b = await bench(subject);
    const long = `begin ${'x'.repeat(300_000)} end`;
    const end = await b.turn(`@@SAY hello@@ ${long}`, ['--session-id', b.id]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.result).toMatchObject({ result: 'hello', session_id: b.id });
    expect(b.server.turns()).toHaveLength(1);
    expect(wholeText(b.server.turns()[0]!.body)).toContain(long);
    expect(b.server.turns()[0]!.headers['x-claude-code-session-id']).toBe(b.id);
  });

  it('leaves the white space around a prompt as it is', async () => {
    await using b = await bench(subject);
    await b.turn('\n  @@SAY a@@ \n\n', ['--session-id', b.id]);
    expect(b.prompts()).toEqual(['\n  @@SAY a@@ \n\n']);
  });

  it('tells what becomes of a line by its uuid, and which lines a result answers', async () => {
    await using b = await bench(subject);
    const { lines, result } = await b.turn('@@SAY a@@', ['--session-id', b.id]);
    const told = lines.filter(({ type }) => type === 'command_lifecycle');
    expect(told.map(({ state }) => state)).toEqual(['queued', 'started', 'completed']);
    // Before anything that its prompt brings about: it is the evidence that the turn may have begun.
    expect(lines.indexOf(told[1])).toBeLessThan(lines.findIndex(({ subtype }) => subtype === 'init'));
    const [uuid] = new Set(told.map(line => line.command_uuid));
    expect(result).toMatchObject({ user_message_uuids: [uuid], terminal_reason: 'completed' });
    expect(b.transcript().find(isPrompt)).toMatchObject({ uuid });
    expect(summarizeStream(lines.map(line => JSON.stringify(line)).join('\n'), uuid)).toMatchObject({
      lineState: 'completed',
      result: { text: 'a' },
    });
  });

  it('says who it is in a line of type system, subtype init', async () => {
    await using b = await bench(subject);
    const end = await b.turn('@@SAY a@@', ['--session-id', b.id, '--add-dir', '/var', '/usr', '--effort', 'low']);
    expect(end.lines.find(({ subtype }) => subtype === 'init')).toMatchObject({
      type: 'system',
      session_id: b.id,
      cwd: b.place.cwd,
      permissionMode: 'default',
      claude_code_version: versionOf(subject.executable()),
      additional_directories: ['/var', '/usr'],
    });
  });

  it('prints one object with --output-format json', async () => {
    await using b = await bench(subject);
    const args = ['-p', '--output-format', 'json', '--session-id', b.id];
    const end = await b.place.run({ executable: subject.executable(), args, prompt: '@@SAY a@@' });
    expect(JSON.parse(end.stdout)).toMatchObject({ type: 'result', result: 'a', is_error: false });
  });

  it('keeps conversation and cumulative cost over a resume', async () => {
    await using b = await bench(subject);
    const first = await b.turn('remember the number 41 @@SAY yes@@', ['--session-id', b.id]);
    const second = await b.turn('@@SAY again@@', ['--resume', b.id]);
    expect(first.result.total_cost_usd).toBeGreaterThan(0);
    expect(second.result.total_cost_usd).toBeCloseTo(2 * first.result.total_cost_usd, 9);
    expect(second.result.usage.input_tokens).toBe(10);
    expect(wholeText(b.server.turns()[1]!.body)).toContain('remember the number 41');
    expect(b.prompts()).toEqual(['remember the number 41 @@SAY yes@@', '@@SAY again@@']);
  });

  it('refuses a session id that is in use', async () => {
    await using b = await bench(subject);
    await b.turn('@@SAY a@@', ['--session-id', b.id]);
    const end = await b.turn('@@SAY a@@', ['--session-id', b.id]);
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toContain(`Session ID ${b.id} is already in use.`);
    expect(b.server.turns()).toHaveLength(1);
  });

  it('refuses to resume what it does not know, on stderr, and in stream-json also with a result line', async () => {
    await using b = await bench(subject);
    const end = await b.turn('x', ['--resume', b.id]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`No conversation found with session ID: ${b.id}`);
    expect(end.result).toMatchObject({ subtype: 'error_during_execution', is_error: true, num_turns: 0 });
    expect(end.result.terminal_reason).toBeUndefined();
    const args = ['-p', '--output-format', 'json', '--resume', b.id];
    const json = await b.place.run({ executable: subject.executable(), args, prompt: 'x' });
    expect(json).toMatchObject({ code: 1, stdout: '' });
  });

  it('refuses an unknown flag, a bad id and a bad mode with exit 1 and nothing on stdout', async () => {
    await using b = await bench(subject);
    const wrong: [string[], string, string][] = [
      [['--no-such-flag'], 'x', "unknown option '--no-such-flag'"],
      [['--session-id', 'nonsense'], 'x', 'Invalid session ID'],
      [['--permission-mode', 'nonsense'], 'x', 'Allowed choices are'],
      [['--settings', '/no/such.json'], 'x', 'Settings file not found: /no/such.json'],
    ];
    const ends = await Promise.all(wrong.map(([args, prompt]) => b.turn(prompt, args)));
    expect(ends.map(end => [end.code, end.stdout])).toEqual(wrong.map(() => [1, '']));
    ends.forEach((end, n) => {
      expect(end.stderr).toContain(wrong[n]![2]);
    });
  });

  it('takes up a changed --append-system-prompt-file with --system-prompt-snapshot off, and only then', async () => {
    await using b = await bench(subject);
    const file = join(b.place.root, 'instructions.md');
    const args = ['--append-system-prompt-file', file];
    const systemOf = (n: number) => JSON.stringify(b.server.turns()[n]!.body.system);
    writeFileSync(file, 'FIRST-INSTRUCTIONS');
    await b.turn('@@SAY a@@', ['--session-id', b.id, ...args]);
    writeFileSync(file, 'SECOND-INSTRUCTIONS');
    await b.turn('@@SAY b@@', ['--resume', b.id, ...args]);
    await b.turn('@@SAY c@@', ['--resume', b.id, ...args, '--system-prompt-snapshot', 'off']);
    expect(systemOf(0)).toContain('FIRST-INSTRUCTIONS');
    expect(systemOf(1)).toContain('FIRST-INSTRUCTIONS');
    expect(systemOf(2)).toContain('SECOND-INSTRUCTIONS');
    expect(systemOf(2)).not.toContain('FIRST-INSTRUCTIONS');
  });

  // The fake reads no files into prompts: neutralising is the runner's work, and only the real one can prove it.
  realOnly('expands @path in a prompt that comes as text, unless a word joiner follows the @', async () => {
    await using b = await bench(subject);
    writeFileSync(join(b.place.home, 'secret.txt'), 'THE-SECRET');
    await b.textTurn('look at @~/secret.txt @@SAY a@@', ['--session-id', b.id]);
    await b.textTurn('look at @\u2060~/secret.txt\n@\u2060~/secret.txt @@SAY b@@', ['--session-id', randomUUID()]);
    expect(wholeText(b.server.turns()[0]!.body)).toContain('THE-SECRET');
    expect(wholeText(b.server.turns()[1]!.body)).not.toContain('THE-SECRET');
  });

  realOnly(
    'expands there @path and @agent-… only behind white space or 、。！ and only where something follows',
    async () => {
      await using b = await bench(subject);
      const others = [
        0x85, 0xa0, 0xab, 0xe9, 0x200b, 0x2028, 0x2060, 0x3000, 0x3001, 0x3002, 0xff01, 0xff08, 0xfeff, 0x4e2d, 0x301,
      ];
      const codes = [...Array.from({ length: 126 }, (_, at) => at + 1), ...others];
      mkdirSync(join(b.place.cwd, '.claude/agents'), { recursive: true });
      const lines = codes.map(code => {
        writeFileSync(join(b.place.cwd, `f${code}`), `THE-SECRET-${code}.`);
        return `zz${String.fromCodePoint(code)}@f${code} zz`;
      });
      // White space behind the @, as in a patch, and a file of that name all the same.
      for (const name of ['@', '@@', ' x']) writeFileSync(join(b.place.cwd, name), 'THE-SECRET-0.');
      for (const code of ascii) {
        const head = `---\nname: a${code}\ndescription: helps\n---\nx`;
        writeFileSync(join(b.place.cwd, `.claude/agents/a${code}.md`), head);
      }
      const agents = ascii.map(code => `zz${String.fromCodePoint(code)}@agent-a${code} zz`);
      const given = [...lines, ...agents, '@@ -1,2 +3,4 @@ x', '@ x', 'end @'];
      await b.textTurn(['@@SAY a@@', ...given].join('\n'), ['--session-id', b.id]);
      const request = wholeText(b.server.turns()[0]!.body);
      const numbers = (pattern: RegExp) => [...new Set([...request.matchAll(pattern)].map(([, code]) => Number(code)))];
      const expanded = [9, 10, 11, 12, 13, 32, 0xa0, 0x2028, 0x3000, 0x3001, 0x3002, 0xfeff, 0xff01];
      expect(numbers(/THE-SECRET-(\d+)\./g).sort((x, y) => x - y)).toEqual(expanded);
      expect(numbers(/invoke the agent "a(\d+)"/g)).toEqual([32]);
      // What the runner makes of the same lines.
      await b.textTurn(neutralizeAt(['@@SAY b@@', ...given].join('\n')), ['--session-id', randomUUID()]);
      expect(wholeText(b.server.turns()[1]!.body)).not.toMatch(/THE-SECRET|invoke the agent/);
    },
  );

  realOnly('expands no @path in what a hook tells the model', async () => {
    await using b = await bench(subject);
    for (const name of ['told', 'asked', 'kept']) writeFileSync(join(b.place.cwd, name), `SECRET-${name}`);
    const told = { hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: 'TOLD look at @told' } };
    const kept = { decision: 'block', reason: 'KEPT look at @kept' };
    const settings = hookSettings({
      UserPromptSubmit: `echo '${JSON.stringify(told)}'`,
      Stop: `grep -q '"stop_hook_active":true' || echo '${JSON.stringify(kept)}'`,
    });
    await b.textTurn('look at @asked @@SAY a@@', ['--session-id', b.id, '--settings', settings]);
    const request = wholeText(b.server.turns().at(-1)!.body);
    expect(b.server.turns()).toHaveLength(2);
    for (const said of ['TOLD look', 'KEPT look', 'SECRET-asked']) expect(request).toContain(said);
    for (const secret of ['SECRET-told', 'SECRET-kept']) expect(request).not.toContain(secret);
  });

  // The fake knows no slash commands.
  realOnly(
    'takes a text that begins with a slash for a command of its own, which never reaches the model',
    async () => {
      await using b = await bench(subject);
      const end = await b.textTurn('/cost', ['--session-id', b.id]);
      expect(b.server.turns()).toHaveLength(0);
      expect(end.result).toMatchObject({ is_error: false });
    },
  );

  realOnly('hands a line that is client_composed to the model as it is written', async () => {
    await using b = await bench(subject);
    writeFileSync(join(b.place.home, 'secret.txt'), 'THE-SECRET');
    for (const text of ['look at @~/secret.txt', '/cost', '/compact @~/secret.txt'])
      expect((await b.turn(text, ['--session-id', randomUUID()])).result).toMatchObject({ num_turns: 1, result: text });
    for (const { body } of b.server.turns()) expect(wholeText(body)).not.toContain('THE-SECRET');
    expect(await askKeepsPrompt({ executable: subject.executable(), env: process.env })).toBe(true);
  });

  // The fake has neither. CLAUDE_DISABLE_ADOPT shows nothing here: by the strings of 2.1.332 it is read only where an interactive
  // session hands its open tasks to one in the background, or takes such tasks over, and -p does neither.
  realOnly('has no cron and no background sessions where the variables for that are set', async () => {
    await using b = await bench(subject);
    const toolsOf = async (env: Record<string, string>) => {
      const end = await b.begin('@@SAY a@@', ['--session-id', randomUUID()], env).ended;
      return end.lines.find(line => line.subtype === 'init').tools.filter((name: string) => name.startsWith('Cron'));
    };
    expect(await toolsOf({})).toEqual(['CronCreate', 'CronDelete', 'CronList']);
    expect(await toolsOf(VENDOR_OFF)).toEqual([]);
    const background = { executable: subject.executable(), args: ['--bg', 'x'], env: VENDOR_OFF };
    expect(await b.place.run(background)).toMatchObject({ code: 1, stderr: expect.stringContaining('disabled by') });
  });

  // The fake reads no CLAUDE.md.
  realOnly("leaves a repository's CLAUDE.md out with --setting-sources user", async () => {
    await using b = await bench(subject);
    mkdirSync(join(b.place.cwd, '.git'));
    writeFileSync(join(b.place.cwd, 'CLAUDE.md'), 'HOSTILE-INSTRUCTIONS');
    await b.turn('@@SAY a@@', ['--session-id', b.id]);
    await b.turn('@@SAY b@@', ['--setting-sources', 'user']);
    expect(wholeText(b.server.turns()[0]!.body)).toContain('HOSTILE-INSTRUCTIONS');
    expect(wholeText(b.server.turns()[1]!.body)).not.toContain('HOSTILE-INSTRUCTIONS');
  });
}
