// A root on a real disk with an agent in it, and the context that verbs are called with: this process is the operator.
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout, inboxLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { makeRoot } from '#blackboard/root.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { runnerMark } from '#blackboard/system/process-mark.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export const SESSION = '01234567-89ab-7def-8123-456789abcdef';

/** `id(7)`: a message's. */
export const id = (count: number) => `01a1fc0b-65c1-7a13-a650-${String(count).padStart(12, '0')}`;

export interface WorkerRoot {
  /** The directory around the root and the agents' working directory. */
  place: string;
  context: VerbContext;
  agent: AgentLayout;
  /** Delivers a request of the operator to the agent. */
  send(changes?: Partial<Message>): Promise<Message>;
  /** A turn that is over, on these messages. */
  endTurn(number: number, messages: readonly Message[], ended?: Partial<Ended>): void;
  /** What turns of the agent have cost today. */
  spend(usd: number): void;
  /** From now on this process is the runner of the agent. */
  run(): void;
  addAgent(name: string, front?: string): Promise<AgentLayout>;
  clear(): void;
}

export async function makeWorkerRoot(): Promise<WorkerRoot> {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'verbs-')));
  const root = join(place, 'root');
  const work = join(place, 'work');
  const files = createSyncFiles();
  mkdirSync(work);
  await makeRoot(files, root, false);
  const context = { root, files, env: { HOME: place, PATH: process.env.PATH } };
  const addAgent = async (name: string, front = '') => {
    const layout = agentLayout(root, name);
    mkdirSync(layout.home);
    await makeInbox(files, layout.inbox);
    mkdirSync(layout.turns);
    writeFileSync(layout.definition, `---\ncwd: ${work}\n${front}---\nDo well.\n`);
    return layout;
  };
  const agent = await addAgent('worker');
  let sent = 0;
  return {
    place,
    context,
    agent,
    addAgent,
    async send(changes = {}) {
      const message: Message = {
        id: id(++sent),
        from: 'operator',
        kind: 'request',
        at: new Date().toISOString(),
        trace: id(500),
        hops: 0,
        body: `do ${sent}\n`,
        ...changes,
      };
      await deliver(files, agent.inbox, message);
      return message;
    },
    endTurn(number, messages, ended = {}) {
      const turn = turnLayout(agent.turns, number);
      const at = new Date().toISOString();
      const entries = messages.map(({ id, from, kind }) => ({ id, from, kind, name: id, mode: 'body', rider: false }));
      mkdirSync(turn.home);
      const intent = { turn: number, kind: 'work', at, sessionId: SESSION, mark: 'm', messages: entries };
      writeFileSync(turn.intent, JSON.stringify(intent));
      const whole = { turn: number, at, verdict: { kind: 'answered', text: 'done' }, messages: [], costUsd: 0.25 };
      writeFileSync(turn.ended, JSON.stringify({ ...whole, session: null, denials: [], ...ended }));
      writeFileSync(turn.closed, '');
    },
    spend: usd =>
      appendFileSync(
        join(rootLayout(root).costs, `${localDay(Date.now())}.jsonl`),
        `${JSON.stringify({ agent: 'worker', turn: 1, usd })}\n`,
      ),
    run() {
      const identity = selfIdentity();
      writeFileSync(agent.runner, JSON.stringify({ identity, startedAt: new Date().toISOString() }));
      writeFileSync(runnerMark(root, identity), JSON.stringify(identity));
    },
    clear: () => rmSync(place, { recursive: true }),
  };
}

/** The operator's inbox. */
export const operatorInbox = (root: string) => inboxLayout(rootLayout(root).operator);
