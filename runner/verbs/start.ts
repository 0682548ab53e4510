/** Runs the agents in this process: what a runner consists of, and in which order it starts and ends. */
import { type AgentLayout, agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isSelf } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { alreadyRuns, liveRunner } from '#runner/agents/agent-lock.ts';
import { readConfig } from '#runner/agents/config.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { rootOwner, rootOwnerRuns, takeWholeRoot } from '#runner/agents/root-owner.ts';
import { registerRunner } from '#runner/agents/runner-registry.ts';
import { findClaude, requireVersion } from '#runner/claude/claude-process.ts';
import type { ToolServerOf } from '#runner/claude/port.ts';
import { createComplaints } from '#runner/events/complaints.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createSupervisor } from '#runner/fleet/supervisor.ts';
import { trimHeap } from '#runner/fleet/trim-heap.ts';
import { openRunnerLog } from '#runner/service/runner-log.ts';
import { createSdNotify } from '#runner/service/sd-notify.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { launcherPath } from '#runner/version.ts';

export interface StartOrder {
  /** None: all, and those that come. */
  names: readonly string[];
  /** Until the inboxes are empty. */
  once: boolean;
  /** The log file; null: stderr. */
  log: string | null;
  /** No line for each turn. */
  quiet: boolean;
  /** Called when it watches. */
  whenReady?(): Promise<void>;
  /** Our MCP server for each claude; verbs are behind its tools, so it comes from above. */
  toolServers?(options: Pick<VerbContext, 'root' | 'files' | 'env'>): ToolServerOf;
}

/** A runner at work in this process. */
export interface Runner {
  /** Milliseconds that turns have when it is told to end. */
  graceMs: number;
  /** A service manager looks after it, and keeps its log. */
  isService: boolean;
  /** No new turns; those that run may finish. `signal`: what a person sent. */
  drain(signal?: string): void;
  /** The turns that run are stopped. */
  stopNow(signal?: string): void;
  /** When it has ended and left everything in order: the agents that were skipped (`once`). Throws 75 where another runner has them. */
  done: Promise<{ name: string; reason: string }[]>;
}

/** Throws 66 for an unknown agent, 75 where they run already, 78 where config.yaml is wrong or there is no claude that works. */
export async function start({ root, env }: Pick<VerbContext, 'root' | 'env'>, order: StartOrder): Promise<Runner> {
  const { names, once } = order;
  const files = createRunnerFiles();
  const config = await readConfig(files, root);
  const claude = await findClaude(config.claude, env);
  await takeNames(files, root, names);
  const isVersionKnown = await requireVersion(claude, env);
  // First: to a process in another container, its file in runners/ shows that it is alive.
  const unregister = await registerRunner(files, root);
  const giveBack =
    names.length === 0 && !once
      ? await takeWholeRoot(files, root, Date.now()).catch(async error => {
          await unregister();
          throw error;
        })
      : async () => {};
  const clock = await openSteadyClock(files, root);
  await clock.save();
  // Keeps no process alive: the supervisor does, as long as there is something to do.
  const saving = setInterval(() => void clock.save().catch(() => {}), limits.clockSaveMs).unref();
  // Only here, because the root is known to exist: nothing may be made below an empty mount point.
  await files.makeDirectory(rootLayout(root).logs);
  const print = await openRunnerLog(order.log ?? undefined);
  const events = createRunnerEvents({ root, files, clock, print, isQuiet: order.quiet });
  const complain = createComplaints((_, event) => void events.emit(event));
  if (!isVersionKnown)
    complain(
      { peer: null, part: 'claude' },
      `${claude} --version does not tell a version; if turns fail: agent-runner doctor`,
    );
  const service = createSdNotify(env, problem => complain({ peer: null, part: 'systemd' }, problem));
  const toolServers = order.toolServers?.({ root, files, env });
  const supervisor = createSupervisor({
    ...{ clock, root, files, config, names, once, launcherPath, env, events },
    toolServers,
  });

  async function run(): Promise<{ name: string; reason: string }[]> {
    await supervisor.ready;
    const refusal = once ? null : await takenMeanwhile(root, names);
    if (refusal) supervisor.drain();
    else {
      if (!once) trimHeap();
      // Where that cannot be told, the supervisor has said why.
      const agents = (await listAgents(files, root).catch(() => null))?.length ?? null;
      // Who waits for the word finds it in the log.
      await events.emit({ type: 'runner.started', pid: process.pid, root, once, agents });
      service?.ready();
      await order.whenReady?.();
      if (!once) supervisor.sweep();
    }
    const ends = await supervisor.done;
    clearInterval(saving);
    service?.close();
    await unregister();
    await giveBack();
    if (refusal) throw refusal;
    const skipped = [...ends].flatMap(([name, end]) => (end.kind === 'skipped' ? [{ name, reason: end.reason }] : []));
    for (const { name, reason } of skipped) {
      const emit = name === root ? events.emit : events.of(agentLayout(root, name).inbox);
      await emit({ type: 'agent.skipped', reason });
    }
    await events.emit({ type: 'runner.ended', pid: process.pid });
    return skipped;
  }

  const graceMs = config.stopGraceSeconds * 1000;
  const tellStop = (signal: string | undefined, ms: number | null) => {
    if (signal !== undefined) void events.emit({ type: 'runner.stopping', signal, graceMs: ms });
  };
  return {
    graceMs,
    isService: service !== null,
    drain(signal) {
      tellStop(signal, graceMs);
      service?.stopping();
      supervisor.drain();
    },
    stopNow(signal) {
      tellStop(signal, null);
      supervisor.stopNow();
    },
    done: run(),
  };
}

/** Throws 75 if another runner has them, or would take them. Takes back their stops. */
async function takeNames(files: Files, root: string, names: readonly string[]): Promise<void> {
  const layouts: AgentLayout[] = [];
  for (const name of names) layouts.push(await requireAgent(files, root, name));
  for (const layout of layouts) {
    const owner = await liveRunner(layout);
    if (owner) throw alreadyRuns(layout, owner);
  }
  const whole = names.length > 0 ? await rootOwner(files, root) : null;
  if (whole) throw rootOwnerRuns(whole, names);
  for (const { stop } of layouts) await files.remove(stop);
}

/** A runner that started at the same moment may have all of them: then this one ends. */
async function takenMeanwhile(root: string, names: readonly string[]): Promise<Error | null> {
  const owners = await Promise.all(names.map(name => liveRunner(agentLayout(root, name))));
  const [owner] = owners;
  const isTaken = owner && owners.every(each => each && !isSelf(each.identity));
  return isTaken ? alreadyRuns(agentLayout(root, names[0]!), owner) : null;
}
