// Contract cases of what only the fake has: its ledger, its offline mode and the lag of its transcript.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '#test/support/until.ts';
import type { Subject } from './claude-subject.ts';
import { bench } from './claude-subject.ts';

export function fakeOnlyCases(subject: Subject): void {
  it('writes start, model-request and end into its ledger, and no end when it is killed', async () => {
    await using b = await bench(subject);
    const FAKE_CLAUDE_LEDGER = join(b.place.root, 'ledger');
    const ledger = () =>
      readFileSync(FAKE_CLAUDE_LEDGER, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
    const first = b.begin('@@SAY a@@', ['--session-id', b.id], { FAKE_CLAUDE_LEDGER });
    await first.ended;
    expect(ledger()).toMatchObject([
      { what: 'start', pid: first.pid, session: b.id, at: expect.any(Number) },
      { what: 'model-request', pid: first.pid, session: b.id, prompt: '@@SAY a@@' },
      { what: 'end', pid: first.pid, session: b.id, code: 0 },
    ]);
    const second = b.begin('@@HANG@@', ['--resume', b.id], { FAKE_CLAUDE_LEDGER });
    await until('five lines of the ledger', () => ledger().length === 5);
    process.kill(second.pid, 'SIGKILL');
    await second.ended;
    expect(ledger().map(line => line.what)).toEqual(['start', 'model-request', 'end', 'start', 'model-request']);
  });

  it('answers offline with an echo after the latency it is told, and keeps the conversation', async () => {
    await using b = await bench(subject);
    const env = { FAKE_CLAUDE_OFFLINE: '1', FAKE_CLAUDE_LATENCY_MS: '5-10' };
    await b.turn('one', ['--session-id', b.id], env);
    const end = await b.turn('two', ['--resume', b.id], env);
    expect(end.result).toMatchObject({ result: 'two', is_error: false, terminal_reason: 'completed' });
    expect(b.prompts()).toEqual(['one', 'two']);
    expect(b.server.requests).toEqual([]);
  });

  it('prints its result line before the transcript is written, so a SIGKILL in between loses the turn', async () => {
    await using b = await bench(subject);
    const hang = { hooks: { SessionEnd: [{ hooks: [{ type: 'command', command: 'exec sleep 60' }] }] } };
    const env = { FAKE_CLAUDE_OFFLINE: '1', FAKE_CLAUDE_FLUSH_MS: '60000-60000' };
    const running = b.begin('one', ['--session-id', b.id, '--settings', JSON.stringify(hang)], env);
    await running.line(line => line.type === 'result');
    process.kill(running.pid, 'SIGKILL');
    expect((await running.ended).result).toMatchObject({ result: 'one' });
    expect(existsSync(b.transcriptPath())).toBe(false);
  });
}
