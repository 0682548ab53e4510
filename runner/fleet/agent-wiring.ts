/** What all agents of one process share: places for turns, the day's money, and how a context is put together. */

import { liveWaiters } from '#blackboard/inbox/waiters.ts';
import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { type Clock, localDay } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import type { AgentReader } from '#runner/agents/agent-directory.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import { readyWorktree } from '#runner/agents/make-worktree.ts';
import { createClaudeProcess, findClaude, fingerprint } from '#runner/claude/claude-process.ts';
import type { ToolServerOf } from '#runner/claude/port.ts';
import { createResidents } from '#runner/claude/residents.ts';
import { rssMiB } from '#runner/claude/rss.ts';
import { createSpareLauncher } from '#runner/claude/spare-launcher.ts';
import { launcherText } from '#runner/claude/start-launcher.ts';
import type { Complain } from '#runner/events/complaints.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { createStuckNotes } from '#runner/fleet/stuck-notes.ts';
import { brokenBlocker } from '#runner/status/blockers.ts';
import { createTranscript } from '#runner/text/transcript-log.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { bookOthersSoon } from '#runner/turn/book-others.ts';
import { allowanceOf, type GateOptions, holdOf } from '#runner/turn/gates/gates.ts';
import { paceHold } from '#runner/turn/gates/pace.ts';
import { createSlots } from '#runner/turn/gates/slots.ts';
import { createTraceMoney } from '#runner/turn/gates/trace-money.ts';
import { signalWork } from '#runner/turn/signals/pending-signals.ts';
import { superviseTurn } from '#runner/turn/supervise-child.ts';
import type { TurnEffects } from '#runner/turn/turn.ts';
import { type ServedAgent, serveAgent } from '#runner/wake/agent-peer.ts';
import { createTriggers } from '#runner/wake/triggers.ts';

export interface Fleet extends AsyncDisposable {
  /** Reads agent.md and puts the agent's context together; a text: why it cannot run now (it has been said). */
  openerOf(layout: AgentLayout): () => Promise<AgentContext | string>;
  /** What the loop of one agent adds around its turns; `drain` ends its wait for a place, `stopNow` stops its turn. */
  hooks(drain: AbortSignal, stopNow: AbortSignal): TurnEffects;
  /** Opens the agent's wake socket and keeps its triggers, until it is disposed of. Never rejects. */
  wake(layout: AgentLayout, look: () => void): Promise<AsyncDisposable>;
  /** agent.md may have changed: reads its triggers again. Only for agents that were woken up. */
  reread(layout: AgentLayout): Promise<void>;
  /** The agent has no further turn here: its resident claude ends. Never rejects. */
  endResident(name: string): Promise<void>;
  /** Something may have been posted on the board. */
  hintBoard(): void;
}

export function createFleet(options: {
  root: string;
  files: Files;
  config: FleetConfig;
  launcherPath: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  reader: AgentReader;
  events: RunnerEvents;
  complain: Complain;
  stopNow: AbortSignal;
  /** Whether some agent listens to the board, each time this changes. */
  onListening(isListening: boolean): void;
  toolServers?: ToolServerOf | undefined;
}): Fleet {
  const { root, files, config, clock, env, reader } = options;
  const stuck = createStuckNotes(options);
  const gates: GateOptions = {
    spending: createSpendingReader(files, root),
    fleetPerDayUsd: config.perDayUsd,
    tellMissing: ({ layout }, missing, turn) => stuck.missing(layout, missing, turn),
  };
  const traceMoney = createTraceMoney(files, root, clock, config.perTraceUsd);
  const signalsSpentUsd = async (layout: AgentLayout): Promise<number> =>
    (await gates.spending(localDay(clock.nowMs()))).bySignals?.get(layout.name) ?? 0;
  const waitersOf = (layout: AgentLayout) => liveWaiters(files, layout.inbox, isAlive);
  /** Agents whose claude waits for a person, and its process: it holds no slot. */
  const asking = new Map<string, ProcessIdentity>();
  const isAskingFull = () =>
    [...asking.values()].reduce((sum, each) => sum + (rssMiB(each) ?? 0), 0) >= config.askingMaxMiB;
  const slots = createSlots(
    config.maxConcurrentTurns,
    clock,
    async agent => asking.has(agent) || (await waitersOf(agentLayout(root, agent))).length > 0,
    isAskingFull,
  );

  const readyFor =
    (signal: AbortSignal) =>
    ({ layout, definition: { cwd } }: AgentContext) =>
      readyWorktree({ files, root, layout, cwd, env, signal });

  launcherText(options.launcherPath);
  const spare = createSpareLauncher(limits.spareLauncherMs);
  const residents = createResidents({ max: config.maxResidents, maxMiB: config.residentsMaxMiB });
  const triggers = createTriggers(options);
  const served = new Map<string, ServedAgent>();

  return {
    openerOf(layout) {
      const show = createTranscript(layout.transcript, error =>
        options.complain({ peer: layout.name, part: 'transcript.log' }, `it cannot be written: ${reasonOf(error)}`),
      );
      const emit = options.events.of(layout.inbox, show);
      return async () => {
        const readAs = fingerprint([layout.definition]);
        const read = await reader.read(layout);
        options.complain({ peer: layout.name, part: null }, read.kind === 'broken' ? read.problem : null);
        served.get(layout.name)?.take(read.kind === 'usable' ? read.definition : null);
        if (read.kind === 'broken') await stuck.broken(layout, read.problem);
        if (read.kind !== 'usable') return brokenBlocker(layout, read).sentence;
        const { definition } = read;
        const executable = await findClaude(config.claude, env);
        const { launcherPath } = options;
        const claude = createClaudeProcess({
          files,
          root,
          executable,
          launcherPath,
          layout,
          definition,
          readAs,
          env,
          residents,
          toolServers: options.toolServers,
          spare,
          onAstray: () => void bookOthersSoon(context).catch(() => {}),
        });
        const context: AgentContext = {
          root,
          layout,
          definition,
          files,
          clock,
          maxHops: config.maxHops,
          traceMoney,
          random: Math.random,
          claude,
          emit,
        };
        return context;
      };
    },
    hooks: (drain, stopNow) => ({
      hold: (context, previous) => holdOf(context, previous, { ...gates, readyWorktree: readyFor(drain) }),
      allowance: context => allowanceOf(context, gates),
      async takeSlot(context) {
        const askedAtMs = clock.monotonicMs();
        const giveBack = await slots.take(context.layout.name, drain);
        return giveBack && { giveBack, waited: clock.monotonicMs() - askedAtMs > limits.slotAtOnceMs };
      },
      attend: (context, turn, intent, run) =>
        superviseTurn(context, turn, intent, run, stopNow, isAsking => {
          if (isAsking && run.identity) asking.set(context.layout.name, run.identity);
          else asking.delete(context.layout.name);
        }),
      awaited: async context => new Set((await waitersOf(context.layout)).map(({ id }) => id)),
      pace: context => paceHold(context, config.pace?.window),
      signals: context => signalWork(context, () => signalsSpentUsd(context.layout)),
    }),
    async wake(layout, look) {
      const spentUsd = () => signalsSpentUsd(layout);
      const peer = await serveAgent({ ...options, layout, look, spentUsd, triggers });
      served.set(layout.name, peer);
      return {
        async [Symbol.asyncDispose]() {
          served.delete(layout.name);
          await peer[Symbol.asyncDispose]();
        },
      };
    },
    async reread(layout) {
      const peer = served.get(layout.name);
      const read = peer && (await reader.read(layout));
      peer?.take(read?.kind === 'usable' ? read.definition : null);
    },
    hintBoard: () => triggers.hintBoard(),
    endResident: name => residents.end(name),
    async [Symbol.asyncDispose]() {
      spare[Symbol.dispose]();
      await residents[Symbol.asyncDispose]();
      await triggers[Symbol.asyncDispose]();
    },
  };
}
