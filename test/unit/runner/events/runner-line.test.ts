import { expect, test } from 'vitest';
import type { EventBody } from '#blackboard/events/event.ts';
import { runnerLine } from '#runner/events/runner-line.ts';

const started = { type: 'runner.started', pid: 7, root: '/r', once: false, agents: 1 } as const;
const none = 'there is no agent yet; add one with: agent-runner add <name> --cwd <directory>';

const LINES: [string, string | null, EventBody, string | null][] = [
  ['the start', null, started, 'agent-runner: watching /r (pid 7)'],
  ['the start without an agent', null, { ...started, agents: 0 }, `agent-runner: watching /r (pid 7); ${none}`],
  ['--once', null, { ...started, once: true }, null],
  ['--once without an agent', null, { ...started, once: true, agents: 0 }, `agent-runner: ${none}`],
  [
    'a first signal',
    null,
    { type: 'runner.stopping', signal: 'SIGTERM', graceMs: 300 },
    'agent-runner: SIGTERM: no new turns; running ones have 0.3 s (once more: stop now)',
  ],
  [
    'a second signal',
    null,
    { type: 'runner.stopping', signal: 'SIGINT', graceMs: null },
    'agent-runner: SIGINT again: stopping the turns that run',
  ],
  ['the end', null, { type: 'runner.ended', pid: 7 }, null],
  ['a part that fails', 'a', { type: 'part.failed', part: 'wake', problem: 'no socket' }, 'a: wake: no socket'],
  ['an agent that is not taken', 'a', { type: 'part.failed', part: null, problem: 'disabled' }, 'a: disabled'],
  ['a part that works', null, { type: 'part.recovered', part: 'watching' }, 'watching: works again'],
  ['a skipped agent', 'a', { type: 'agent.skipped', reason: 'paused' }, 'agent-runner: skipped a: paused'],
  [
    'a turn that was left',
    'a',
    { type: 'turn.left', turn: 3, pid: 9, untilAt: 'noon' },
    'a: turn 3, left by an earlier runner, still runs as pid 9; waiting for it until noon at the latest',
  ],
  [
    'what a turn left running',
    'a',
    { type: 'turn.cleared', turn: 3, count: 2 },
    'a: ended 2 process(es) that turn 3 had left running',
  ],
  [
    'an outcome that stands',
    'a',
    { type: 'message.disputed', id: 'm', turn: 3, outcome: 'done', before: 'dead' },
    'a: message m is done by turn 3, but was dead before, and that stands',
  ],
];

test.each(LINES)('%s', (_what, peer, event, line) => {
  expect(runnerLine(peer, event)).toBe(line);
});
