/** Runs one agent in this process: its lock, its loop, its wake socket and the watches of its inbox, from its start until its end. */

import { makeInbox } from '#blackboard/inbox/deliver.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { requireRoom } from '#blackboard/system/free-space.ts';
import { lockAgent } from '#runner/agents/agent-lock.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import type { Complain } from '#runner/events/complaints.ts';
import { createAgentLoop, type LoopEnd, type Stopping } from '#runner/fleet/agent-loop.ts';
import type { Fleet } from '#runner/fleet/agent-wiring.ts';
import type { Faults } from '#runner/fleet/faults.ts';
import type { Rest } from '#runner/fleet/once-drain.ts';
import type { Watch } from '#runner/fleet/watch.ts';
import { sweepAgent, type TurnSizes } from '#runner/retention/retention.ts';
import { createSweeper } from '#runner/retention/sweeper.ts';
import type { TurnEffects } from '#runner/turn/turn.ts';

/** An agent whose lock is ours and whose loop runs. */
export interface RunningAgent {
  /** Something may have changed. */
  hint(): void;
  /** Resolves when nothing of it is left here, its lock included: what its loop came to. */
  ended: Promise<LoopEnd>;
}

export interface RunAgentOptions {
  files: Files;
  clock: Clock;
  config: FleetConfig;
  fleet: Fleet;
  faults: Faults;
  complain: Complain;
  watch: Pick<Watch, 'add' | 'forget'>;
  /** With --once: where agents wait for each other. */
  rest: Rest | null;
  /** What is old may go: not while others are started, as each of thousands would sweep. */
  sweeps(): boolean;
}

/** Throws where it cannot be started: a fault, or another runner has it. */
export async function runAgent(
  options: RunAgentOptions,
  layout: AgentLayout,
  signals: Stopping,
  onLockLost: (error: Error) => void,
): Promise<RunningAgent> {
  const { files, clock, config, fleet, faults, complain, watch } = options;
  const { name } = layout;
  await files.makeDirectory(layout.turns);
  await makeInbox(files, layout.inbox);
  const release = await lockAgent(files, layout, clock.nowMs(), onLockLost);
  const place = options.rest?.join() ?? null;
  const sizes: TurnSizes = new Map();
  const sweep = createSweeper({
    clock,
    about: { peer: name, part: 'retention' },
    sweep: () => sweepAgent(files, layout, config.retention, clock.nowMs(), sizes),
    complain,
  });
  const loop = createAgentLoop({
    files,
    layout,
    open: fleet.openerOf(layout),
    hooks: withRoom(fleet.hooks(signals.drain, signals.stopNow)),
    signals,
    once: options.rest !== null,
    place,
    clock,
    onError: error => faults.raise(name, error),
    onWell: () => faults.clear(name),
    sweep: async () => (options.rest !== null || options.sweeps()) && sweep(),
  });
  const wake = options.rest ? null : await fleet.wake(layout, loop.hint);
  const { inbox, new: waiting, later } = layout.inbox;
  const watched = [inbox, waiting, later];
  for (const directory of watched) watch.add(directory);

  async function run(): Promise<LoopEnd> {
    const end = await loop.run();
    await fleet.endResident(name);
    place?.leave();
    for (const directory of watched) watch.forget(directory);
    faults.clear(name);
    await wake?.[Symbol.asyncDispose]();
    await release().catch(error =>
      complain({ peer: name, part: 'lock' }, `it could not be given back: ${reasonOf(error)}`),
    );
    return end;
  }
  return { hint: loop.hint, ended: run() };
}

/** A turn is not begun where it could not be finished: the disk may only just hold what the runner itself writes. */
const withRoom = (hooks: TurnEffects): TurnEffects => ({
  ...hooks,
  async hold(context, previous) {
    const held = await hooks.hold(context, previous);
    if (held === null) await requireRoom(context.layout.home);
    return held;
  },
});
