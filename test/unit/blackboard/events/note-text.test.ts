import { expect, test } from 'vitest';
import { buriedDropsNote, type NotedEvent, noteText } from '#blackboard/events/note-text.ts';

const ID = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const ended = { askers: [], verdict: 'answered', reason: null, costUsd: 1, reportedUsd: null, seconds: 1 };
const cache = { cacheReadTokens: 0, cacheWrittenTokens: 0, cacheMissed: true, messages: [] };
const dead = { type: 'message.buried', id: ID, turn: 3, reason: 'it failed', from: 'operator' } as const;
const LOCAL = new Date(2026, 10, 21, 20, 26, 49);

const CASES: readonly (readonly [NotedEvent, string])[] = [
  [
    dead,
    'Message d77-4199fb from operator to worker is dead: it failed\nLook at it: agent-runner dead show d77-4199fb\nTry it again: agent-runner dead requeue d77-4199fb\n',
  ],
  [
    { ...dead, isFinal: true },
    'Message d77-4199fb from operator to worker is dead: it failed\nLook at it: agent-runner dead show d77-4199fb\n',
  ],
  [
    { type: 'drop.buried', name: 'a "b"', file: `drop-${ID}-a`, path: '/r/dead/x', reason: 'it is empty' },
    '"a \\"b\\"", dropped for worker, is dead: it is empty; look at it with: agent-runner dead show d77-4199fb\n',
  ],
  [
    { type: 'drop.buried', name: 'a', file: `${ID}-a`, path: '/r/my dead/x', reason: 'it is empty' },
    '"a", dropped for worker, is dead: it is empty; look at it with: cat \'/r/my dead/x\'\n',
  ],
  [
    {
      type: 'card.asked',
      id: ID,
      text: 'worker asks: x',
      details: '│ x',
      mend: 'approve',
      untilAt: LOCAL.toISOString(),
    } as NotedEvent,
    'worker asks: x\n│ x\nUntil 2026-11-21 20:26:49:\napprove\n',
  ],
  [
    { type: 'agent.parked', code: 'auth', reason: 'not logged in', untilAt: null, mend: 'log in' },
    'Agent worker is parked (auth): not logged in; log in\n',
  ],
  [
    { type: 'agent.parked', code: 'fleet-budget', reason: 'it is spent', untilAt: null, mend: 'wait' },
    'Every agent is parked (fleet-budget): it is spent; wait\n',
  ],
  [
    { type: 'agent.stuck', problem: 'agent.md is empty', mend: null },
    'Agent worker waits, because agent.md is empty; mend it with: agent-runner edit worker\n',
  ],
  [
    { type: 'agent.stuck', problem: 'cwd /x does not exist', mend: 'make it' },
    'Agent worker waits, because cwd /x does not exist: make it (agent-runner edit worker)\n',
  ],
  [
    { type: 'agent.faulted', problem: 'its directory is root’s', mend: null },
    'Agent worker is not looked after: its directory is root’s\n',
  ],
  [
    { type: 'agent.faulted', problem: 'the disk is full', mend: 'df -h' },
    'Agents wait, because the disk is full: df -h\n',
  ],
  [
    { type: 'agent.recovered', problem: 'the disk is full', sinceAt: LOCAL.toISOString() },
    'Agents waited from 2026-11-21 20:26:49 until 2026-11-21 20:27:49, because the disk is full; to see that all is well: agent-runner doctor\n',
  ],
  [
    { type: 'signals.spent', usd: 0.5, turns: null },
    'Agent worker takes no more signals today: turns that signals alone started have cost $0.50 (budget.signalsPerDayUsd in agent.md). Messages are worked on as before.\n',
  ],
  [
    { type: 'signals.spent', usd: null, turns: 40 },
    'Session worker takes no more signals today: they have started 40 turns in it.\n',
  ],
  [
    { type: 'turn.denied', turn: 3, tool: 'Bash', input: 'ls', asker: 'operator' },
    'Turn 3 of worker, which worked for operator, was denied tools. What it may do stands in its agent.md: agent-runner edit worker\n',
  ],
  [
    { type: 'turn.denied', turn: 3, tool: 'Bash', input: 'ls' },
    'Turn 3 of worker was denied tools. What it may do stands in its agent.md: agent-runner edit worker\n',
  ],
  [
    { type: 'turn.ended', turn: 3, kind: 'work', bySignal: false, ...ended, ...cache },
    'Agent worker wrote its whole conversation to the prompt cache again, which costs more than reading it there. Look for flags or instructions that change from turn to turn.\n',
  ],
];

test.each(CASES)('a note tells the event: %o', (event, text) => {
  expect(noteText('worker', event, LOCAL.getTime() + 60_000).replaceAll(ID.slice(-8), 'd77-4199fb')).toBe(text);
});

test('many dead drops are one note', () => {
  expect(buriedDropsNote('worker', 9, 'agent-runner dead list worker')).toBe(
    '9 things that were dropped for worker are dead; each with its reason: agent-runner dead list worker\n',
  );
});
