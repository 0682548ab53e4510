import { expect, test } from 'vitest';
import type { Event, EventBody } from '#blackboard/events/event.ts';
import { eventLines } from '#runner/events/event-lines.ts';

const AT = '2026-11-21T12:00:00.000Z';
const NOW_MS = Date.parse(AT) + 1_000;
const said = (body: EventBody, peer: string | null = 'worker') =>
  eventLines({ at: AT, peer, ...body } as Event, NOW_MS).replace(/^\d\d:\d\d:\d\d /, '');
const ID = '01a1fc0b-65c1-7a13-a650-68d7794199fb';

test('each begins with when and whose it is', () => {
  expect(eventLines({ at: AT, peer: 'worker', type: 'turn.elected', turn: 7 }, NOW_MS)).toMatch(
    /^\d\d:\d\d:\d\d worker {2}turn 7 was elected\n$/,
  );
  expect(
    eventLines({ at: AT, peer: null, type: 'part.failed', part: 'wakeOn', problem: 'hello' }, NOW_MS + 864e5),
  ).toMatch(/^2026-11-21 \d\d:\d\d:\d\d runner {2}wakeOn: hello\n$/);
});

test('a turn is told in the words of its transcript', () => {
  expect(said({ type: 'turn.text', turn: 1, text: 'one\ntwo\n' })).toBe('worker  one\n    two\n');
  expect(said({ type: 'turn.tool', turn: 1, tool: 'Bash', input: '{"command":"ls"}' })).toBe(
    'worker  ⚙ Bash {"command":"ls"}\n',
  );
});

test('a name that stands before it already is not said again', () => {
  expect(said({ type: 'agent.held', reason: 'paused' })).toBe('worker  paused\n');
});

test('a session is shown by the end of its id', () => {
  expect(said({ type: 'message.queued', id: ID, from: 'a', kind: 'request', dueAt: null }, ID)).toBe(
    'd7794199fb  request d7794199fb from a is in the inbox\n'.replaceAll('d7794199fb', ID.slice(-8)),
  );
});

test('nothing in it is a control, or begins a line', () => {
  const evil = 'x\u001b[2J\r\nFORGED\u2028FORGED\u202e';
  for (const body of [
    { type: 'turn.tool', turn: 1, tool: evil, input: evil },
    { type: 'message.queued', id: evil, from: evil, kind: evil, dueAt: evil },
    { type: 'message.buried', id: evil, turn: 1, reason: evil },
    { type: 'agent.parked', code: evil, reason: evil, untilAt: evil },
    { type: 'agent.stuck', problem: evil, mend: evil },
    { type: 'message.due', id: evil },
    { type: 'message.purged', id: evil, by: evil },
    { type: 'drop.returned', name: evil, path: evil },
    { type: 'signal.taken', id: evil, signal: evil, path: evil, source: evil },
    { type: 'session.appeared', sessionId: evil, cwd: evil },
    { type: 'part.failed', part: evil, problem: evil },
    { type: 'drop.left', name: evil, path: evil, kind: 'file', errno: evil, others: 1 },
    { type: 'drop.buried', name: evil, file: evil, reason: evil },
    { type: 'message.disputed', id: evil, turn: 1, outcome: evil, before: evil },
  ] as const) {
    const text = eventLines({ at: AT, peer: evil, ...body }, NOW_MS);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]|^FORGED/m);
  }
});
