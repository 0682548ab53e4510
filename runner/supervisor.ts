/** One process for many agents: finds them, locks each, runs its loop, and turns OS events into hints. */

import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../blackboard/clock.ts';
import { reasonOf } from '../blackboard/errors.ts';
import { type Files, readText } from '../blackboard/files.ts';
import { makeInbox } from '../blackboard/inbox/deliver.ts';
import { liveWaiters } from '../blackboard/inbox/waiters.ts';
import { agentLayout, rootLayout } from '../blackboard/layout.ts';
import { limits } from '../blackboard/limits.ts';
import { listAgents } from '../blackboard/peers.ts';
import { isAlive } from '../blackboard/process-identity.ts';
import { type AgentDefinition, parseAgentFile } from './agent-file.ts';
import { lockAgent } from './agent-lock.ts';
import { type AgentLoop, createAgentLoop, type LoopEnd } from './agent-loop.ts';
import type { AgentContext } from './agent-ports.ts';
import { attendTurn } from './attend.ts';
import { createClaudeProcess, findClaude } from './claude-process.ts';
import type { FleetConfig } from './config.ts';
import { allowanceOf, type GateOptions, holdOf } from './gates.ts';
import { createSlots } from './slots.ts';
import { createSpendingReader } from './spending.ts';
import { createTranscript } from './transcript-log.ts';
import type { TurnHooks } from './turn.ts';
import { type Watch, watchDirectories } from './watch.ts';

export interface SupervisorOptions {
  root: string;
  files: Files;
  config: FleetConfig;
  /** Only these agents; empty: all, and those that come. */
  names: readonly string[];
  once: boolean;
  launcherPath: string;
  env: Readonly<Record<string, string | undefined>>;
  log(line: string): void;
  clock?: Clock;
}

export interface Supervisor {
  /** Resolves when every inbox that there is, is watched. */
  ready: Promise<void>;
  /** No new turns; running ones may finish. */
  drain(): void;
  /** Running turns are stopped now, as interruptions. */
  stopNow(): void;
  /** Resolves when all loops have ended: what each came to. */
  done: Promise<Map<string, LoopEnd>>;
}

interface Running {
  loop: AgentLoop;
  ended: Promise<void>;
  /** Ends this agent alone (it was removed, disabled or stopped). */
  leave: AbortController;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { root, files, config, log } = options;
  const clock = options.clock ?? systemClock;
  const paths = rootLayout(root);
  const draining = new AbortController();
  const stopping = new AbortController();
  const running = new Map<string, Running>();
  const complained = new Map<string, string>();
  const ends = new Map<string, LoopEnd>();
  let changed = new AbortController();
  const watch = watchDirectories([paths.agents, root], onHint, error =>
    log(`watching: ${reasonOf(error)}; polling instead`),
  );
  const gates: GateOptions = { spending: createSpendingReader(files, root), fleetPerDayUsd: config.perDayUsd };
  const slots = createSlots(config.maxConcurrentTurns, clock, async agent => {
    const waiters = await liveWaiters(files, agentLayout(root, agent).inbox, isAlive);
    return waiters.length > 0;
  });
  const hooks: TurnHooks = {
    hold: (context, previous) => holdOf(context, previous, gates),
    allowance: context => allowanceOf(context, gates),
    takeSlot: context => slots.take(context.layout.name, draining.signal),
    attend: (context, turn, intent, exited) => attendTurn(context, turn, intent, exited, stopping.signal),
    async awaited(context) {
      const waiters = await liveWaiters(files, context.layout.inbox, isAlive);
      return new Set(waiters.map(({ id }) => id));
    },
  };

  function onHint(directory: string): void {
    if (directory === root || directory === paths.agents) changed.abort();
    const home = directory.startsWith(`${paths.agents}/`)
      ? directory.slice(paths.agents.length + 1).split('/')[0]!
      : null;
    if (home === null) for (const { loop } of running.values()) loop.hint();
    else running.get(home)?.loop.hint();
    if (home !== null && directory === join(paths.agents, home)) changed.abort();
  }

  /** Says a problem of an agent once, and again only when it changes. */
  function complain(name: string, problem: string | null): void {
    if (problem === null) complained.delete(name);
    else if (complained.get(name) !== problem) {
      complained.set(name, problem);
      log(`${name}: ${problem}`);
    }
  }

  async function readDefinition(name: string): Promise<AgentDefinition | null> {
    const layout = agentLayout(root, name);
    const text = await readText(files, layout.definition, limits.recordBytesMax);
    if (text === null) return null;
    try {
      const home = options.env.HOME ?? homedir();
      const definition = parseAgentFile(text, layout.definition, home, layout.home);
      complain(name, null);
      return definition;
    } catch (error) {
      complain(name, reasonOf(error));
      return null;
    }
  }

  async function start(name: string): Promise<void> {
    const layout = agentLayout(root, name);
    const leave = new AbortController();
    await files.makeDirectory(layout.turns);
    await makeInbox(files, layout.inbox);
    const release = await lockAgent(files, layout, clock.nowMs(), error => {
      log(`${name}: its lock was lost (${error.message}); its loop ends`);
      leave.abort();
    });
    const show = createTranscript(layout.transcript, error => log(`${name}: transcript.log: ${reasonOf(error)}`));
    const openContext = async (): Promise<AgentContext | null> => {
      const definition = await readDefinition(name);
      if (!definition) return null;
      const executable = await findClaude(config.claude, options.env);
      const claude = createClaudeProcess({
        files,
        executable,
        launcherPath: options.launcherPath,
        layout,
        definition,
        env: options.env,
      });
      return { root, layout, definition, files, clock, random: Math.random, claude, show, log };
    };
    const loop = createAgentLoop({
      open: openContext,
      hooks,
      signals: { drain: AbortSignal.any([draining.signal, leave.signal]), stopNow: stopping.signal },
      once: options.once,
      clock,
      onError: error => complain(name, reasonOf(error)),
    });
    for (const directory of [layout.home, layout.inbox.inbox, layout.inbox.new]) watch.add(directory);
    const ended = loop.run().then(async end => {
      ends.set(name, end);
      running.delete(name);
      for (const directory of [layout.home, layout.inbox.inbox, layout.inbox.new]) watch.forget(directory);
      await release();
      changed.abort();
    });
    running.set(name, { loop, ended, leave });
  }

  /** Starts what is new, ends what is gone. */
  async function reconcile(): Promise<void> {
    const wanted = new Set<string>();
    for (const name of await listAgents(files, root)) {
      if (options.names.length > 0 && !options.names.includes(name)) continue;
      const layout = agentLayout(root, name);
      const definition = await readDefinition(name);
      if (definition ? definition.enabled && !(await files.facts(layout.stop)) : running.has(name)) wanted.add(name);
      else if (options.once && !definition)
        ends.set(name, { kind: 'skipped', reason: complained.get(name) ?? 'no agent.md' });
    }
    for (const [name, { leave }] of running) if (!wanted.has(name)) leave.abort();
    for (const name of wanted) {
      if (running.has(name) || (options.once && ends.has(name))) continue;
      try {
        await start(name);
      } catch (error) {
        complain(name, reasonOf(error));
        if (options.once) ends.set(name, { kind: 'skipped', reason: reasonOf(error) });
      }
    }
  }

  async function supervise(): Promise<Map<string, LoopEnd>> {
    while (!draining.signal.aborted) {
      changed = new AbortController();
      await reconcile().catch(error => log(`looking for agents: ${reasonOf(error)}`));
      markReady();
      if (options.once && running.size === 0) break;
      await clock.sleep(limits.slowLookMs, AbortSignal.any([changed.signal, draining.signal]));
    }
    await Promise.all([...running.values()].map(({ ended }) => ended));
    await watch[Symbol.asyncDispose]();
    return ends;
  }

  let markReady = () => {};
  const reconciled = new Promise<void>(resolve => {
    markReady = resolve;
  });
  return {
    ready: Promise.all([reconciled, watch.ready]).then(() => {}),
    drain: () => draining.abort(),
    stopNow: () => {
      draining.abort();
      stopping.abort();
    },
    done: supervise(),
  };
}

export type { Watch };
export const launcherBeside = (directory: string): string => join(dirname(directory), 'launch.sh');
