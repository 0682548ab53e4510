/**
 * An agent as the peer behind a wake socket, while a runner runs it: signals become files that its loop sees as work,
 * and its own triggers (schedule, watch) use the same intake. If something cannot be opened, that is reported, and the
 * agent runs without it.
 */

import { recordEvents } from '#blackboard/events/record-events.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import { tellOperator } from '#blackboard/peers/notes.ts';
import { listSignals, recordSignal } from '#blackboard/signals/pending.ts';
import { type Clock, localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { AgentReader } from '#runner/agents/agent-directory.ts';
import type { Complain } from '#runner/events/complaints.ts';
import type { WakePeer } from '#runner/wake/intake.ts';
import { servePeer } from '#runner/wake/serve-peer.ts';
import { signalEvent } from '#runner/wake/signal-event.ts';
import type { AgentTriggers, Triggers } from '#runner/wake/triggers.ts';

export interface AgentPeerOptions {
  root: string;
  files: Files;
  clock: Clock;
  reader: AgentReader;
  layout: AgentLayout;
  /** Look: something waits. */
  look(): void;
  /** What turns that only signals started have cost today, USD. */
  spentUsd(): Promise<number>;
  triggers: Triggers;
  complain: Complain;
}

/** `take`: the triggers in agent.md, each time it is read. */
export type ServedAgent = AsyncDisposable & Pick<AgentTriggers, 'take'>;

/** Serves until it is disposed of. Never rejects. */
export async function serveAgent(options: AgentPeerOptions): Promise<ServedAgent> {
  const { files, layout, complain } = options;
  const about = { peer: layout.name, part: 'wake' };
  const open: AsyncDisposable[] = [];
  let triggers: AgentTriggers | null = null;
  try {
    await files.makeDirectory(layout.signals);
    const opened = await servePeer(options, layout.name, about, agentPeer(options));
    open.push(opened);
    triggers = options.triggers.join({ layout, intake: opened.intake });
    open.push(triggers);
    complain(about, null);
  } catch (error) {
    complain(about, `signals cannot be taken: ${reasonOf(error)}`);
  }
  return {
    take: wanted => triggers?.take(wanted),
    async [Symbol.asyncDispose]() {
      for (const each of open.reverse()) await each[Symbol.asyncDispose]();
    },
  };
}

function agentPeer({ root, files, clock, reader, layout, look, spentUsd }: AgentPeerOptions): WakePeer {
  const definition = async () => {
    const read = await reader.read(layout);
    return read.kind === 'usable' ? read.definition : null;
  };
  return {
    async directories() {
      const known = await definition();
      return known ? [known.cwd, ...known.addDirs] : [];
    },
    waiting: async () => (await listSignals(files, layout.signals)).waiting,
    async overBudget() {
      const perDayUsd = (await definition())?.budget.signalsPerDayUsd ?? Number.POSITIVE_INFINITY;
      if ((await spentUsd()) < perDayUsd) return null;
      const nowMs = clock.nowMs();
      const key = ['signals-budget', layout.name, localDay(nowMs), String(perDayUsd)];
      const spent = { type: 'signals.spent', usd: perDayUsd, turns: null } as const;
      await tellOperator({ files, root, clock, layout }, layout.inbox, key, spent);
      return nextLocalDay(nowMs);
    },
    async record(signal, dueMs, onThere) {
      await recordSignal(files, layout.signals, signal, dueMs, onThere);
      await recordEvents(files, layout.inbox, signal.at, signalEvent(signal));
    },
    wake: look,
  };
}
