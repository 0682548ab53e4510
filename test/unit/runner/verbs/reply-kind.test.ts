import { expect, test } from 'vitest';
import { agentKind } from '#blackboard/peers/agent.ts';
import { operatorKind } from '#blackboard/peers/operator.ts';
import { sessionKind } from '#blackboard/peers/session.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replyAs } from '#runner/verbs/reply-kind.ts';

const KINDS = { operator: operatorKind, session: sessionKind, agent: agentKind };
const PEERS = ['operator', 'session', 'agent'] as const;
type Peer = (typeof PEERS)[number];
const between = ({
  from = 'operator',
  to = 'agent',
  ...changes
}: {
  from?: Peer;
  to?: Peer;
  isAwaited?: boolean;
  hops?: number;
}) => replyAs({ from: KINDS[from], to: KINDS[to], isAwaited: false, hops: 3, ...changes });

test('what the operator says to an agent or a session is work, and begins a chain again', () => {
  expect(between({})).toEqual({ kind: 'request', hops: 0 });
  expect(between({ to: 'session' })).toEqual({ kind: 'request', hops: 0 });
});

test('what an agent says is an answer, no matter who gets it, so that agents do not talk for ever', () => {
  for (const to of PEERS) expect(between({ from: 'agent', to })).toEqual({ kind: 'answer', hops: 4 });
});

test('what a session says is work for an agent while the chain is short, and an answer to a session', () => {
  expect(between({ from: 'session' })).toEqual({ kind: 'request', hops: 4 });
  expect(between({ from: 'session', hops: limits.hopsMax })).toMatchObject({ kind: 'answer' });
  expect(between({ from: 'session', to: 'session' })).toMatchObject({ kind: 'answer' });
});

test('what somebody waits for is an answer, and so is what the operator gets', () => {
  for (const from of PEERS) {
    expect(between({ from, isAwaited: true })).toMatchObject({ kind: 'answer' });
    expect(between({ from, to: 'operator' })).toMatchObject({ kind: 'answer' });
  }
});
