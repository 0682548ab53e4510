import { expect, test } from 'vitest';
import { turnEnvironment } from '../../../../runner/messages/sender.ts';

test('outside of a turn nobody is named', () => {
  expect(turnEnvironment({})).toBeNull();
  expect(turnEnvironment({ AGENT_RUNNER_PEER: '', AGENT_RUNNER_HOPS: '3' })).toBeNull();
});

test("a turn's environment says who, which turn, which trace and how many hops", () => {
  const env = {
    AGENT_RUNNER_PEER: 'a',
    AGENT_RUNNER_TURN: '12',
    AGENT_RUNNER_TRACE: 't',
    AGENT_RUNNER_HOPS: '3',
    AGENT_RUNNER_MAX_HOPS: '5',
  };
  expect(turnEnvironment(env)).toEqual({ peer: 'a', turn: 12, trace: 't', hops: 3, maxHops: 5 });
});

test('what is no number counts as not said', () => {
  const env = { AGENT_RUNNER_PEER: 'a', AGENT_RUNNER_TURN: '-1', AGENT_RUNNER_TRACE: '', AGENT_RUNNER_HOPS: '1e9' };
  expect(turnEnvironment(env)).toEqual({ peer: 'a', turn: null, trace: null, hops: 0, maxHops: 8 });
});
