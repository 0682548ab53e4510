// Contract cases: signals, what the transcript keeps of a turn that was cut off, and what a resume makes of it.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wholeText } from '#runner/demo/model-server/model-request.ts';
import { versionOf } from '#test/support/isolated-claude.ts';
import { until } from '#test/support/until.ts';
import type { Subject } from './claude-subject.ts';
import { bench, isAlive, isPrompt } from './claude-subject.ts';

export function dyingCases(subject: Subject): void {
  it('ends at SIGINT while the model answers with exit 0 and a result line of aborted_streaming', async () => {
    await using b = await bench(subject);
    const running = b.begin('@@HANG@@', ['--session-id', b.id]);
    await b.server.seen();
    process.kill(running.pid, 'SIGINT');
    const end = await running.ended;
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.result).toMatchObject({ subtype: 'error_during_execution', is_error: true });
    expect(end.result).toMatchObject({ terminal_reason: 'aborted_streaming', num_turns: 2 });
    expect(end.result.result).toBeUndefined();
    expect(b.prompts()).toEqual(['@@HANG@@']);
  });

  it('ends at SIGINT in a tool, and the tool is gone; unless the machine is busy, it says so with aborted_tools', async () => {
    await using b = await bench(subject);
    let isSaid = false;
    for (let attempt = 1; attempt <= TRIES && !isSaid; attempt++) {
      const file = `tool-${attempt}.pid`;
      const running = b.begin(`@@TOOL Bash {"command":"echo $$ > ${file}; exec sleep 60"}@@`, [
        ...['--session-id', randomUUID(), '--allowedTools', 'Bash'],
      ]);
      const toolPid = await until('its pid', () => pidIn(join(b.place.cwd, file)));
      process.kill(running.pid, 'SIGINT');
      const { result } = await running.ended;
      await until('the tool to end', () => !isAlive(toolPid));
      isSaid = result !== undefined;
      // On a busy machine it may end without a result line.
      if (isSaid) expect(result).toMatchObject({ is_error: true, terminal_reason: 'aborted_tools' });
    }
    expect(isSaid).toBe(true);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends at %s with exit %i, no result line, and the prompt in the transcript', async (signal, code) => {
    await using b = await bench(subject);
    const running = b.begin('@@HANG@@', ['--session-id', b.id]);
    await b.server.seen();
    await until('a prompt', () => b.prompts().length === 1);
    process.kill(running.pid, signal);
    const end = await running.ended;
    expect(end).toMatchObject({ code, result: undefined });
    expect(b.prompts()).toEqual(['@@HANG@@']);
  });

  it('loses the prompt with a SIGKILL at the model request, and the same id can be used again', async () => {
    await using b = await bench(subject);
    // Measured: never written within 20 ms of the request. A busy machine may kill later than that, so it may try again.
    let lost = '';
    for (let attempt = 1; attempt <= TRIES && lost === ''; attempt++) {
      const id = randomUUID();
      const running = b.begin('@@HANG@@', ['--session-id', id], { FAKE_CLAUDE_FLUSH_MS: '80-100' });
      await b.server.seen(request => request.sessionId === id);
      process.kill(running.pid, 'SIGKILL');
      await running.ended;
      if (b.transcript(id).length === 0) lost = id;
    }
    expect(lost).not.toBe('');
    expect((await b.turn('x', ['--resume', lost])).stderr).toContain('No conversation found');
    expect((await b.turn('@@SAY a@@', ['--session-id', lost])).result).toMatchObject({ result: 'a' });
  });

  it('keeps the prompt, not the half answer, over a SIGKILL in mid-answer and a resume', async () => {
    await using b = await bench(subject);
    const first = 'the first prompt @@DELAY 300@@ @@CHUNK 60000@@ @@SAY half an answer which never ends@@';
    const running = b.begin(first, ['--session-id', b.id]);
    await until('a prompt', () => b.prompts().length === 1);
    process.kill(running.pid, 'SIGKILL');
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL', result: undefined });
    const end = await b.turn('@@SAY back@@', ['--resume', b.id]);
    expect(end.result).toMatchObject({ result: 'back', is_error: false });
    expect(b.prompts()).toEqual([first, '@@SAY back@@']);
    // The gap is filled with an answer nobody gave: model <synthetic>, never end_turn.
    const [filled] = b.transcript().filter(record => record.type === 'assistant');
    expect(filled.message).toMatchObject({ model: '<synthetic>', stop_reason: 'stop_sequence' });
    expect(wholeText(b.server.turns().at(-1)!.body)).toContain('the first prompt');
  });

  it('leaves a tool running when it and its process group are killed, and tells the model after a resume', async () => {
    await using b = await bench(subject);
    const running = b.begin('@@TOOL Bash {"command":"echo $$ > tool.pid; exec sleep 60"}@@', [
      ...['--session-id', b.id, '--allowedTools', 'Bash'],
    ]);
    const toolPid = await until('its pid', () => pidIn(join(b.place.cwd, 'tool.pid')));
    b.place.killLater(toolPid);
    await until('an answer in the transcript', () => b.transcript().some(record => record.type === 'assistant'));
    process.kill(-running.pid, 'SIGKILL');
    await running.ended;
    expect(isAlive(toolPid)).toBe(true);
    const end = await b.turn('@@SAY back@@', ['--resume', b.id]);
    expect(end.result).toMatchObject({ result: 'back' });
    expect(wholeText(b.server.turns().at(-1)!.body)).toContain('[Tool call interrupted');
  });

  it('writes a transcript with the record shapes the runner reads', async () => {
    await using b = await bench(subject);
    await b.turn('@@SAY so@@ @@TOOL Bash {"command":"echo hi"}@@ @@SAY done@@', ['--session-id', b.id]);
    const records = b.transcript();
    const byUuid = new Map(records.filter(record => record.uuid).map(record => [record.uuid, record]));
    const [prompt] = records.filter(isPrompt);
    expect(prompt).toMatchObject({ parentUuid: null, isSidechain: false, promptId: expect.any(String) });
    expect(prompt).toMatchObject({
      sessionId: b.id,
      cwd: b.place.cwd,
      version: versionOf(subject.executable()),
      entrypoint: 'sdk-cli',
    });
    const answers = records.filter(record => record.type === 'assistant');
    expect(answers.map(record => record.message.stop_reason)).toEqual(['tool_use', 'tool_use', 'end_turn']);
    // One record for each block of a message: they share the message's id.
    expect(answers[0].message.id).toBe(answers[1].message.id);
    const result = records.find(record => Array.isArray(record.message?.content) && record.type === 'user');
    expect(result).toMatchObject({ promptId: prompt.promptId, message: { content: [{ type: 'tool_result' }] } });
    expect(result.promptSource).toBeUndefined();
    expect(records[0]).toMatchObject({
      type: 'queue-operation',
      operation: 'enqueue',
      content: prompt.message.content,
    });
    expect(records.findLast(record => record.type === 'cost-state').totalCostUSD).toBeGreaterThan(0);
    // Each answer descends from the prompt.
    for (let at = answers.at(-1); at !== prompt; at = byUuid.get(at.parentUuid)) expect(at).toBeDefined();
  });
}

/** For what a quiet machine does at the first try. */
const TRIES = 30;

function pidIn(path: string): number | undefined {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) || undefined : undefined;
}
