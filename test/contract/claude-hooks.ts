// Contract cases: hooks, whose they are, what they see and what they can do to a turn.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { deferHooks, deferredDecision, isComparable } from '#hooks/claude/defer-hook.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';
import { createWitness } from '#hooks/session/proof.ts';
import { wholeText } from '#runner/demo/model-server/model-request.ts';
import { until } from '#test/support/until.ts';
import type { Subject } from './claude-subject.ts';
import { bench, hookSettings, isPrompt, projectSettingsPath } from './claude-subject.ts';

const events = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop', 'SessionEnd'];

export function hookCases(subject: Subject): void {
  it('runs the hooks of --settings in order, with JSON on stdin and the environment of the child', async () => {
    await using b = await bench(subject);
    const log = join(b.place.root, 'log');
    const note = `{ cat; printf '\\t%s\\t%s\\t%s\\t%s\\n' "$MARK" "$CLAUDE_CODE_SESSION_ID" "$CLAUDE_PID" "$CLAUDE_PROJECT_DIR"; } | tr -d '\\n' >> ${log}; echo >> ${log}`;
    const settings = hookSettings(Object.fromEntries(events.map(event => [event, note])));
    const running = b.begin(
      '@@TOOL Bash {"command":"echo hi"}@@ @@SAY done@@',
      ['--session-id', b.id, '--settings', settings],
      {
        MARK: 'mine',
      },
    );
    await running.ended;
    const seen = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map(line => line.split('\t'));
    const inputs = seen.map(([json]) => JSON.parse(json!));
    expect(inputs.map(input => input.hook_event_name)).toEqual(events);
    expect(seen.map(([, ...rest]) => rest)).toEqual(events.map(() => ['mine', b.id, String(running.pid), b.place.cwd]));
    for (const input of inputs)
      expect(input).toMatchObject({ session_id: b.id, transcript_path: b.transcriptPath(), cwd: b.place.cwd });
    const [start, submit, pre, post, stop, end] = inputs;
    expect(start.source).toBe('startup');
    expect(submit).toMatchObject({ permission_mode: 'default', prompt: expect.stringContaining('@@SAY done@@') });
    expect(pre).toMatchObject({ tool_name: 'Bash', tool_input: { command: 'echo hi' } });
    expect(post.tool_use_id).toBe(pre.tool_use_id);
    expect(stop).toMatchObject({
      stop_hook_active: false,
      last_assistant_message: 'done',
      prompt_id: submit.prompt_id,
    });
    expect(end.reason).toBe('other');
    expect(b.transcript().find(isPrompt).promptId).toBe(submit.prompt_id);
  });

  it('shows the model what a UserPromptSubmit hook prints', async () => {
    await using b = await bench(subject);
    const settings = hookSettings({ UserPromptSubmit: 'echo INJECTED' });
    await b.turn('@@SAY a@@', ['--session-id', b.id, '--settings', settings]);
    expect(wholeText(b.server.turns()[0]!.body)).toContain('INJECTED');
  });

  it('has what a hook printed in the transcript, and the model behind it, a moment after the hooks of a tool and of the end began', async () => {
    await using b = await bench(subject);
    const [printed, silent] = ['b0undary-0f-this', 'b0undary-0f-that'];
    const context = { hookEventName: 'UserPromptSubmit', additionalContext: `=== ${printed} ===` };
    // With 2.1.332 it may come a little late; our hook at a stop waits for as long as this one.
    const lateSeconds = (limits.hookLateLooks * limits.hookLateLookMs) / 1_000;
    const copy = (event: string) => `sleep ${lateSeconds}; cp ${b.transcriptPath()} ${join(b.place.root, event)}`;
    const settings = hookSettings({
      UserPromptSubmit: `echo '${JSON.stringify({ hookSpecificOutput: context })}'`,
      PostToolUse: copy('PostToolUse'),
      Stop: copy('Stop'),
    });
    const prompt = `@@TOOL Bash {"command":"echo ${silent}"}@@ @@SAY done@@`;
    await b.turn(prompt, ['--session-id', b.id, '--settings', settings]);
    for (const event of ['PostToolUse', 'Stop']) {
      const jsonl = readFileSync(join(b.place.root, event), 'utf8');
      expect([event, createWitness({ boundary: printed })(jsonl)]).toEqual([event, true]);
      // A word that stands in the prompt and in a tool's result, and that no hook has said.
      expect(jsonl).toContain(silent);
      expect([event, createWitness({ boundary: silent })(jsonl)]).toEqual([event, false]);
    }
  });

  it('ends as success with num_turns 0, no terminal_reason and no prompt record if a hook blocks the prompt', async () => {
    await using b = await bench(subject);
    const settings = hookSettings({ UserPromptSubmit: 'echo no way >&2; exit 2' });
    const end = await b.turn('the prompt', ['--session-id', b.id, '--settings', settings]);
    expect(end.code).toBe(0);
    expect(end.result).toMatchObject({ subtype: 'success', is_error: false, num_turns: 0 });
    expect(end.result.terminal_reason).toBeUndefined();
    expect(end.result.result).toContain('no way');
    expect(b.server.turns()).toHaveLength(0);
    expect(b.prompts()).toEqual([]);
    // Its text is in the file all the same, so a search for text proves nothing.
    expect(readFileSync(b.transcriptPath(), 'utf8')).toContain('the prompt');
    // The session exists: it can be resumed, and its id is taken.
    expect((await b.turn('@@SAY a@@', ['--resume', b.id])).result).toMatchObject({ result: 'a' });
  });

  it('goes on after a Stop hook that blocks, in the same turn, with a meta user record for its reason', async () => {
    await using b = await bench(subject);
    const script = join(b.place.root, 'stop.sh');
    writeFileSync(
      script,
      `case "$(cat)" in *'"stop_hook_active":true'*) exit 0;; esac
       echo '{"decision":"block","reason":"also the second thing"}'\n`,
    );
    const settings = hookSettings({ Stop: `sh ${script}` });
    const end = await b.turn('@@SAY first@@', ['--session-id', b.id, '--settings', settings]);
    expect(end.lines.filter(line => line.type === 'result')).toHaveLength(1);
    expect(end.result).toMatchObject({ is_error: false, num_turns: 2, terminal_reason: 'completed' });
    const spoken = b.transcript().filter(record => record.type === 'user' || record.type === 'assistant');
    expect(spoken).toMatchObject([
      { type: 'user', message: { content: '@@SAY first@@' } },
      { type: 'assistant', message: { stop_reason: 'end_turn' } },
      { type: 'user', isMeta: true, message: { content: 'Stop hook feedback:\nalso the second thing' } },
      { type: 'assistant', message: { stop_reason: 'end_turn' } },
    ]);
    expect(spoken[2].promptId).toBe(spoken[0].promptId);
    expect(b.prompts()).toEqual(['@@SAY first@@']);
  });

  it('prints an empty result once a Stop hook has blocked for 8 rounds: the answer stands in the assistant lines alone', async () => {
    await using b = await bench(subject);
    const settings = hookSettings({ Stop: `echo '{"decision":"block","reason":"go on"}'` });
    const end = await b.turn('@@SAY the answer@@', ['--session-id', b.id, '--settings', settings]);
    expect(end.code).toBe(0);
    expect(end.result).toMatchObject({ subtype: 'success', is_error: false, terminal_reason: 'completed', result: '' });
    const said = end.lines.filter(line => line.type === 'assistant').map(({ message }) => message.content[0].text);
    expect(said).toHaveLength(9);
    expect(said[0]).toBe('the answer');
    expect(summarizeStream(end.stdout).lastText).toBe(said.at(-1));
  });

  it('prints an empty result at a SIGINT while a Stop hook runs: the answer was said before', async () => {
    await using b = await bench(subject);
    const runs = join(b.place.root, 'runs');
    const settings = hookSettings({ Stop: `touch ${runs}; exec sleep 60` });
    const running = b.begin('@@SAY the answer@@', ['--session-id', b.id, '--settings', settings]);
    await until('the hook to run', () => existsSync(runs));
    process.kill(running.pid, 'SIGINT');
    const end = await running.ended;
    expect(end.result).toMatchObject({ is_error: false, terminal_reason: 'stop_hook_prevented', result: '' });
    expect(summarizeStream(end.stdout).lastText).toBe('the answer');
  });

  it("runs a project's own hooks too, but not with --setting-sources user", async () => {
    await using b = await bench(subject);
    const [theirs, ours] = [join(b.place.root, 'theirs'), join(b.place.root, 'ours')];
    writeFileSync(projectSettingsPath(b.place.cwd), hookSettings({ Stop: `touch ${theirs}` }));
    const args = ['--settings', hookSettings({ Stop: `touch ${ours}` })];
    await b.turn('@@SAY a@@', ['--session-id', b.id, '--setting-sources', 'user', ...args]);
    expect([existsSync(theirs), existsSync(ours)]).toEqual([false, true]);
    await b.turn('@@SAY b@@', ['--resume', b.id, ...args]);
    expect(existsSync(theirs)).toBe(true);
  });

  it("lets a project's disableAllHooks kill the hooks of --settings, unless those say false", async () => {
    await using b = await bench(subject);
    const ours = join(b.place.root, 'ours');
    writeFileSync(projectSettingsPath(b.place.cwd), '{"disableAllHooks":true}');
    await b.turn('@@SAY a@@', ['--session-id', b.id, '--settings', hookSettings({ Stop: `touch ${ours}` })]);
    expect(existsSync(ours)).toBe(false);
    const restored = hookSettings({ Stop: `touch ${ours}` }, { disableAllHooks: false });
    await b.turn('@@SAY b@@', ['--resume', b.id, '--settings', restored]);
    expect(existsSync(ours)).toBe(true);
  });

  it('lets a PermissionRequest hook allow a tool', async () => {
    await using b = await bench(subject);
    const decision = { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } } };
    const settings = hookSettings({ PermissionRequest: `echo '${JSON.stringify(decision)}'` });
    const prompt = '@@TOOL Bash {"command":"touch made"}@@ @@SAY done@@';
    const end = await b.turn(prompt, ['--session-id', b.id, '--settings', settings]);
    expect(end.result.permission_denials).toEqual([]);
    expect(existsSync(join(b.place.cwd, 'made'))).toBe(true);
  });

  it.runIf(subject.name === 'real')(
    'ends the turn at a call that a hook defers by its `if`, and after --resume asks it again, with the same id as the end of its input, before it begins with the line',
    async () => {
      await using b = await bench(subject);
      const turn = join(b.place.root, 'turn');
      const asked = join(b.place.root, 'asked');
      mkdirSync(turn);
      const [hook] = deferHooks(['Bash(touch *)']).hooks;
      const command = `tee -a ${asked} | { ${hook!.command}; }`;
      const settings = JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ ...hook, command }] }] } });
      const args = ['--settings', settings, '--allowedTools=Bash'];
      const env = { [turnDirectoryVariable]: turn };
      const calls =
        '@@TOOL Bash {"command":"echo free"}@@ @@TOOL Bash {"command":"touch made; echo x >> made"}@@ @@SAY on@@';
      const first = await b.turn(calls, ['--session-id', b.id, ...args], env);
      expect(first.result).toMatchObject({ subtype: 'success', is_error: false, terminal_reason: 'tool_deferred' });
      const { id, name, input } = first.result.deferred_tool_use;
      expect([name, input.command]).toEqual(['Bash', 'touch made; echo x >> made']);
      expect(isComparable(id)).toBe(true);
      const inputs = () => readFileSync(asked, 'utf8').trimEnd().split('\n');
      expect(inputs()).toEqual([expect.stringMatching(new RegExp(`"tool_use_id":"${id}"}$`))]);

      const end = { kind: 'allowed', at: '', by: 'operator', always: false } as const;
      writeFileSync(join(turn, 'decided'), deferredDecision(id, end));
      const second = await b.turn('@@SAY and then@@', ['--resume', b.id, ...args], env);
      expect(readFileSync(join(b.place.cwd, 'made'), 'utf8')).toBe('x\n');
      expect(inputs()).toEqual(Array(2).fill(expect.stringMatching(new RegExp(`"tool_use_id":"${id}"}$`))));
      const results = second.lines.filter(line => line.type === 'result');
      expect(results).toHaveLength(2);
      expect(results[0].user_message_uuids).toBeUndefined();
      expect(results[1]).toMatchObject({ result: 'and then', terminal_reason: 'completed' });
      const [begun] = second.lines.filter(line => line.type === 'command_lifecycle' && line.state === 'started');
      expect(results[1].user_message_uuids).not.toContain(begun.command_uuid);
      // It is over: nothing is asked again.
      await b.turn('@@SAY a third@@', ['--resume', b.id, ...args], env);
      expect(inputs()).toHaveLength(2);
    },
  );
}
