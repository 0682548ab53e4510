/** A turn that is open, with a child that is a process of the test's: commands that a test starts run below it, as below a claude. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import { formatIdentity, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';

export interface OpenTurnOptions {
  number?: number;
  hops?: number;
  maxHops?: number;
  trace?: string;
  child?: ProcessIdentity;
}

/** Makes it (or makes it again) and gives the environment that its commands have, as runner/turn/turn.ts makes it. */
export function openTurn(root: string, agent: string, options: OpenTurnOptions = {}): Record<string, string> {
  const { number = 7, hops = 0, maxHops = 8, trace = 'the-trace', child = selfIdentity() } = options;
  const turn = turnLayout(agentLayout(root, agent).turns, number);
  const message: Intent['messages'][number] = {
    ...{ id: 'an-id', name: '1-an-id', from: 'operator', kind: 'request', thread: null, trace, hops, mode: 'body' },
    ...{ rider: false, spentUsd: 0, nonces: [] },
  };
  mkdirSync(turn.home, { recursive: true });
  writeFileSync(turn.intent, `${JSON.stringify({ turn: number, messages: [message], maxHops })}\n`);
  writeFileSync(turn.child, formatIdentity(child));
  return {
    AGENT_RUNNER_HOME: root,
    AGENT_RUNNER_PEER: agent,
    AGENT_RUNNER_TURN: String(number),
    AGENT_RUNNER_TURN_DIR: turn.home,
    AGENT_RUNNER_TRACE: trace,
    AGENT_RUNNER_HOPS: String(hops),
  };
}
