/** One agent on a disk in memory, with a claude that is only its session files: for tests of what a turn writes down. */

import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, inboxLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { formatIdentity } from '#blackboard/system/process-identity.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { electTurn } from '#blackboard/turns/turns.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { transcriptLines } from '#runner/events/transcript-lines.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { nextBatch, prepareTurn } from '#runner/turn/plan.ts';
import { agentContext } from '#test/support/agent-context.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { adoptNothing, startingBy } from '#test/support/starting.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

export const ROOT = '/root';
export const AGENT = 'a';
export const CHILD = { pid: 4242, startTime: '1', bootId: 'boot' };

export interface AgentWorld {
  files: MemoryFiles;
  clock: FakeClock;
  context: AgentContext;
  /** What claude knows: session id → its transcript's text. */
  sessions: Map<string, string>;
  /** What transcript.log got. */
  shown: string[];
  /** Delivers a request of the operator; returns its id. */
  drop(changes?: Partial<Message>): Promise<string>;
  /** Elects the turn, claims and writes the intent. */
  begin(number: number): Promise<{ turn: TurnLayout; intent: Intent }>;
  /** What the launcher and claude leave behind. */
  play(turn: TurnLayout, stream: string, stderr?: string): Promise<void>;
}

/** `on`: the clock and the files of somebody else. */
export async function createAgentWorld(
  frontMatter = '',
  on?: { clock: FakeClock; files: MemoryFiles },
): Promise<AgentWorld> {
  const clock = on?.clock ?? createFakeClock();
  const files = on?.files ?? createMemoryFiles(clock.nowMs);
  const layout = agentLayout(ROOT, AGENT);
  const operator = inboxLayout(`${ROOT}/operator`);
  files.prepare(layout.turns, layout.run, `${ROOT}/operator`, `${ROOT}/costs`);
  await makeInbox(files, layout.inbox);
  await makeInbox(files, operator);
  const agentFile = `---\ncwd: /\n${frontMatter}---\nDo well.\n`;
  await files.create(layout.definition, agentFile);
  const sessions = new Map<string, string>();
  const shown: string[] = [];
  const context = agentContext({
    root: ROOT,
    layout,
    definition: parseAgentFile(agentFile, 'agent.md', '/home/u', layout.home),
    files,
    clock,
    random: () => 0,
    claude: {
      prepare: startingBy(async () => ({ kind: 'not-started', reason: 'not in this test', temporary: false })),
      sessionBytes: async id => sessions.get(id)?.length ?? null,
      readSession: async (id, from) => (sessions.get(id) ?? '').slice(from),
      sessionOwner: async () => null,
      adopt: adoptNothing,
      isAlive: async () => false,
    },
    emit: async (...events) => void shown.push(events.map(transcriptLines).join('')),
  });
  let count = 0;
  return {
    files,
    clock,
    context,
    sessions,
    shown,
    async drop(changes = {}) {
      const id = `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`;
      const at = new Date(clock.nowMs() + count).toISOString();
      const message = { id, from: 'operator', kind: 'request', at, trace: id, hops: 0, body: `body ${count}` } as const;
      await deliver(files, layout.inbox, { ...message, ...changes });
      return changes.id ?? id;
    },
    async begin(number) {
      const previous = await previousEnded(context, number);
      const batch = await nextBatch(context, number, () => false, false, previous?.deferred?.messages);
      if ((await electTurn(files, layout.turns, number)) === 'lost') throw new Error('the test elected a taken turn');
      const turn = turnLayout(layout.turns, number);
      const intent = await prepareTurn(context, turn, batch, previous, { turnUsd: 2, dayUsd: 100 });
      if (!intent) throw new Error('the test left nothing to claim');
      await writeRecord(files, turn.intent, intent);
      return { turn, intent };
    },
    async play(turn, stream, stderr = '') {
      await files.create(turn.child, formatIdentity(CHILD));
      await files.create(turn.stream, stream);
      await files.create(turn.stderr, stderr);
    },
  };
}

/** The result line of a turn that went well, or as `changes` say; keys as claude 2.1.329 writes them. */
export const resultLine = (changes: Record<string, unknown> = {}): string =>
  `${JSON.stringify({
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 1,
    result: 'the answer',
    terminal_reason: 'completed',
    total_cost_usd: 0.25,
    permission_denials: [],
    api_error_status: null,
    session_id: 's',
    duration_ms: 1,
    errors: [],
    ...changes,
  })}\n`;

/** The prompt's record in claude's transcript, and its answer where one is given. */
export function transcriptOf(prompt: string, answer?: string): string {
  const user = {
    type: 'user',
    uuid: 'u1',
    parentUuid: null,
    isSidechain: false,
    promptSource: 'sdk',
    message: { role: 'user', content: prompt },
  };
  const assistant = {
    type: 'assistant',
    uuid: 'a1',
    parentUuid: 'u1',
    message: { id: 'm1', stop_reason: 'end_turn', content: [{ type: 'text', text: answer }] },
  };
  return [user, ...(answer === undefined ? [] : [assistant])].map(record => `${JSON.stringify(record)}\n`).join('');
}
