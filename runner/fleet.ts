/** What all agents of one process share: places for turns, the day's money, and how a context is put together. */
import { type Clock, localDay } from '../blackboard/clock.ts';
import { reasonOf } from '../blackboard/errors.ts';
import type { Files } from '../blackboard/files.ts';
import { liveWaiters } from '../blackboard/inbox/waiters.ts';
import { type AgentLayout, agentLayout } from '../blackboard/layout.ts';
import { limits } from '../blackboard/limits.ts';
import type { MessageKind } from '../blackboard/message.ts';
import { isAlive } from '../blackboard/process-identity.ts';
import type { AgentReader } from './agent-directory.ts';
import type { AgentContext } from './agent-ports.ts';
import { attendTurn } from './attend.ts';
import { createClaudeProcess, findClaude } from './claude-process.ts';
import type { FleetConfig } from './config.ts';
import { allowanceOf, type GateOptions, holdOf } from './gates.ts';
import { createSlots } from './slots.ts';
import { createSpendingReader } from './spending.ts';
import { createTranscript } from './transcript-log.ts';
import type { TurnHooks } from './turn.ts';
import { serveAgent } from './wake/agent-peer.ts';
import { signalWork } from './wake/signal-work.ts';

export interface Fleet {
  /** Reads agent.md and puts the agent's context together; null: it cannot run now (why has been said). */
  openerOf(layout: AgentLayout): () => Promise<AgentContext | null>;
  /** What the loop of one agent adds around its turns; `drain` ends its wait for a place. */
  hooks(drain: AbortSignal): TurnHooks;
  /** Opens the agent's wake socket and keeps its schedule and its watch, until it is disposed of. Never rejects. */
  wake(layout: AgentLayout, look: () => void): Promise<AsyncDisposable>;
}

export function createFleet(options: {
  root: string;
  files: Files;
  config: FleetConfig;
  launcherPath: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  reader: AgentReader;
  log(line: string): void;
  complain(about: string, problem: string | null): void;
  stopNow: AbortSignal;
}): Fleet {
  const { root, files, config, clock, env, reader } = options;
  const gates: GateOptions = { spending: createSpendingReader(files, root), fleetPerDayUsd: config.perDayUsd };
  const signalsSpentUsd = async (layout: AgentLayout): Promise<number> =>
    (await gates.spending(localDay(clock.nowMs()))).bySignals?.get(layout.name) ?? 0;
  const waitersOf = (layout: AgentLayout) => liveWaiters(files, layout.inbox, isAlive);
  const slots = createSlots(
    config.maxConcurrentTurns,
    clock,
    async agent => (await waitersOf(agentLayout(root, agent))).length > 0,
  );

  return {
    openerOf(layout) {
      const show = createTranscript(layout.transcript, error =>
        options.complain(layout.name, `transcript.log cannot be written: ${reasonOf(error)}`),
      );
      const knownKinds = new Map<string, MessageKind>();
      return async () => {
        const read = await reader.read(layout);
        options.complain(layout.name, read.kind === 'broken' ? read.problem : null);
        if (read.kind !== 'usable') return null;
        const { definition } = read;
        const executable = await findClaude(config.claude, env);
        const { launcherPath } = options;
        const claude = createClaudeProcess({ files, executable, launcherPath, layout, definition, env });
        return {
          root,
          layout,
          definition,
          files,
          clock,
          knownKinds,
          random: Math.random,
          claude,
          show,
          log: options.log,
        };
      };
    },
    hooks: drain => ({
      hold: (context, previous) => holdOf(context, previous, gates),
      allowance: context => allowanceOf(context, gates),
      async takeSlot(context) {
        const askedAtMs = clock.monotonicMs();
        const giveBack = await slots.take(context.layout.name, drain);
        return giveBack && { giveBack, waited: clock.monotonicMs() - askedAtMs > limits.slotAtOnceMs };
      },
      attend: (context, turn, intent, exited) => attendTurn(context, turn, intent, exited, options.stopNow),
      awaited: async context => new Set((await waitersOf(context.layout)).map(({ id }) => id)),
      signals: context => signalWork(context, () => signalsSpentUsd(context.layout)),
    }),
    wake: (layout, look) => serveAgent({ ...options, layout, look, spentUsd: () => signalsSpentUsd(layout) }),
  };
}
