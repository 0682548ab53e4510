/** One process for many agents: finds them, locks each, runs its loop, and turns OS events into hints. */

import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout, agentPlaces, boardLayout, rootLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { requireRoom } from '#blackboard/system/free-space.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createAgentReader } from '#runner/agents/agent-directory.ts';
import { lockAgent } from '#runner/agents/agent-lock.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import { deniedProblem } from '#runner/agents/definition-text.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { type AgentLoop, createAgentLoop, type LoopEnd } from '#runner/fleet/agent-loop.ts';
import { createFleet } from '#runner/fleet/agent-wiring.ts';
import { createFaultNotes } from '#runner/fleet/fault-notes.ts';
import { createFaultRecord } from '#runner/fleet/fault-record.ts';
import { createFaults } from '#runner/fleet/faults.ts';
import { createComplaints } from '#runner/fleet/log-changes.ts';
import { createRest } from '#runner/fleet/once-drain.ts';
import { passedOver, wantsRunner } from '#runner/fleet/passed-over.ts';
import { createServices } from '#runner/fleet/services.ts';
import { watchDirectories } from '#runner/fleet/watch.ts';
import { sweepAgent, type TurnSizes } from '#runner/retention/retention.ts';
import { createSweeper } from '#runner/retention/sweeper.ts';
import type { TurnEffects } from '#runner/turn/turn.ts';

export interface SupervisorOptions {
  root: string;
  files: Files;
  /** Looks at a file at once, in this thread. */
  looking?: Pick<Files, 'facts'>;
  config: FleetConfig;
  /** Only these agents; empty: all, and those that come. */
  names: readonly string[];
  once: boolean;
  launcherPath: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where everything is said that happens. */
  events: RunnerEvents;
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
  /** Its directory is gone, and with it all that its turn could come to. */
  gone: AbortController;
}

/** Names in an agent's directory whose change matters; the others (transcript.log, turns) change all the time. */
const WATCHED_NAMES = new Set(['agent.md', 'parked', 'pause', 'stop', 'inbox']);

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { root, files, once } = options;
  const { log } = options.events;
  const clock = options.clock ?? systemClock;
  const paths = rootLayout(root);
  const draining = new AbortController();
  const stopping = new AbortController();
  const running = new Map<string, Running>();
  const starting = new Set<string>();
  const ends = new Map<string, LoopEnd>();
  const toldDenied = new Set<string>();
  let homes: ReadonlySet<string> = new Set();
  /** The last look for agents failed, wholly or for one of them: the next one comes soon. */
  let isFailing = false;
  const rest = once ? createRest() : null;
  let changed = new AbortController();
  const complain = createComplaints(log);
  /** For looks at a thousand agents that mostly find nothing new. */
  const lookingFiles = options.looking ? { ...files, ...options.looking } : files;
  const reader = createAgentReader(lookingFiles, options.env, clock.nowMs);
  const boardWriting = boardLayout(root).writing;
  const fleet = createFleet({
    ...options,
    clock,
    reader,
    complain,
    stopNow: stopping.signal,
    onListening: isListening => (isListening ? watch.add(boardWriting) : watch.forget(boardWriting)),
  });
  const recordFault = createFaultRecord({ files, root, clock });
  const faults = createFaults({
    root,
    log,
    note: noteFault,
    tell: createFaultNotes({ files, root, clock }),
  });
  let watchTrouble: string | null = null;
  const services = createServices({
    ...options,
    log,
    clock,
    isWholeRunner: !once && options.names.length === 0,
    faults,
    complain,
    stopNow: stopping.signal,
    directories: { add: directory => watch.add(directory), forget: directory => watch.forget(directory) },
  });
  const watch = watchDirectories({
    directories: [root, paths.agents, ...services.listeners.keys()],
    trialHome: paths.runners,
    onHint,
    onTrouble: problem => {
      watchTrouble = problem && `${problem}; looking every second instead`;
      log(watchTrouble === null ? 'watching: works again' : `watching: ${watchTrouble}`);
      for (const name of running.keys()) noteFault(name, null);
    },
  });

  function noteFault(name: string, problem: string | null): void {
    if (name !== root) void recordFault(name, problem ?? watchTrouble, problem !== null);
  }

  /** Says that the root is gone, rather than that there are no agents. */
  async function requireAgents(): Promise<void> {
    if ((await files.facts(paths.agents)) !== null) return;
    throw Object.assign(new Error(`ENOENT: ${paths.agents} is gone`), { code: 'ENOENT' });
  }

  function onHint(directory: string, name: string): void {
    if (directory === root || directory === paths.agents) {
      changed.abort();
      if (directory !== root) return;
      hintAll();
      services.hint();
      return;
    }
    const listener = services.listeners.get(directory);
    if (listener) {
      listener();
      return;
    }
    if (directory === boardWriting) {
      fleet.hintBoard();
      return;
    }
    const agent = directory.slice(paths.agents.length + 1).split('/')[0]!;
    if (directory === agentLayout(root, agent).home) {
      if (name !== '' && !WATCHED_NAMES.has(name) && !name.startsWith('agent.md')) return;
      void reconcileOne(agent)
        .then(() => fleet.reread(agentLayout(root, agent)))
        .catch(error => complain(agent, reasonOf(error)));
    }
    running.get(agent)?.loop.hint();
  }

  const hintAll = (): void => {
    for (const { loop } of running.values()) loop.hint();
  };

  async function start(name: string): Promise<void> {
    const layout = agentLayout(root, name);
    const [leave, gone] = [new AbortController(), new AbortController()];
    await files.makeDirectory(layout.turns);
    await makeInbox(files, layout.inbox);
    const release = await lockAgent(files, layout, clock.nowMs(), error => {
      log(`${name}: its lock was lost (${error.message}); its loop ends`);
      leave.abort();
    });
    const drain = AbortSignal.any([draining.signal, leave.signal]);
    const stopNow = AbortSignal.any([stopping.signal, gone.signal]);
    const place = rest?.join() ?? null;
    const sizes: TurnSizes = new Map();
    const loop = createAgentLoop({
      files,
      ...(options.looking ? { looking: options.looking } : {}),
      layout,
      open: fleet.openerOf(layout),
      hooks: withRoom(fleet.hooks(drain, stopNow)),
      signals: { drain, stopNow },
      once,
      place,
      clock,
      onError: error => faults.raise(name, error),
      onWell: () => faults.clear(name),
      sweep: createSweeper({
        clock,
        about: name,
        sweep: () => sweepAgent(files, layout, options.config.retention, clock.nowMs(), sizes),
        complain,
      }),
    });
    const wake = once ? null : await fleet.wake(layout, () => loop.hint());
    if (watchTrouble !== null) noteFault(name, null);
    const watched = watchedDirectories(layout);
    for (const directory of watched) watch.add(directory);
    const ended = loop.run().then(async end => {
      place?.leave();
      ends.set(name, end);
      for (const directory of watched) watch.forget(directory);
      faults.clear(name);
      await wake?.[Symbol.asyncDispose]();
      await release().catch(error => complain(name, `its lock could not be given back: ${reasonOf(error)}`));
      running.delete(name);
      changed.abort();
    });
    running.set(name, { loop, ended, leave, gone });
  }

  /** Starts an agent that is new, ends one that is gone. */
  async function reconcileOne(name: string): Promise<void> {
    const isAsked = options.names.length === 0 || options.names.includes(name);
    const wanted = isAsked && (await wantsRunner(lookingFiles, reader, agentPlaces(root, name)));
    const known = running.get(name);
    if (!wanted) known?.leave.abort();
    if (!wanted || known || starting.has(name) || draining.signal.aborted || (once && ends.has(name))) return;
    starting.add(name);
    try {
      await start(name);
      complain(name, null);
      faults.clear(name);
    } catch (error) {
      isFailing ||= errnoOf(error) !== undefined;
      if (errnoOf(error) === undefined) complain(name, reasonOf(error));
      else faults.raise(name, error);
      if (isDenied(error)) await tellDenied(name, error);
      if (once) ends.set(name, { kind: 'skipped', reason: reasonOf(error) });
    } finally {
      starting.delete(name);
    }
  }

  /** An agent whose directory is somebody else's: its owner is told once; the others have nothing to do with it. */
  async function tellDenied(name: string, error: unknown): Promise<void> {
    if (toldDenied.has(name)) return;
    const { home } = agentPlaces(root, name);
    const body = `Agent ${name} is not looked after: ${deniedProblem('its directory', errnoOf(error), home)}\n`;
    const context = { root, files, clock, layout: { name } };
    await sendNote(context, OPERATOR, { key: ['denied-agent', name, home], body }).then(
      () => toldDenied.add(name),
      () => {},
    );
  }

  /** Every agent's directory, also of one that is disabled, stopped or has no agent.md yet: that changes in there. */
  async function watchHomes(): Promise<void> {
    const names = (await files.list(paths.agents)).filter(name => whyNotAName(name) === null);
    const present = new Set(names.map(name => agentPlaces(root, name).home));
    for (const home of homes) if (!present.has(home)) watch.forget(home);
    for (const home of present) watch.add(home);
    homes = present;
  }

  async function reconcileAll(): Promise<void> {
    await requireAgents();
    await watchHomes();
    const names = await listAgents(lookingFiles, root);
    for (const name of names) await reconcileOne(name);
    for (const [name, { leave, gone }] of running) {
      if (names.includes(name)) continue;
      leave.abort();
      if (!homes.has(agentPlaces(root, name).home)) gone.abort();
    }
  }

  const switchedOff = () => passedOver({ files, root, reader, asked: options.names });

  /** Who was asked for by name and is switched off is not passed over in silence. */
  async function saySwitchedOff(): Promise<void> {
    if (once || options.names.length === 0) return;
    for (const [name, why] of await switchedOff()) complain(name, `${why}: it is taken up when that changes`);
  }

  /** With --once: nor is an agent in whose inbox something waits. */
  async function skipSwitchedOff(): Promise<void> {
    for (const [name, reason] of await switchedOff()) if (!ends.has(name)) ends.set(name, { kind: 'skipped', reason });
  }

  async function supervise(): Promise<Map<string, LoopEnd>> {
    await services.begin();
    services.start();
    while (!draining.signal.aborted) {
      changed = new AbortController();
      const wasFailing = isFailing;
      isFailing = false;
      await reconcileAll().then(
        () => faults.clear(root),
        error => {
          isFailing = true;
          faults.raise(root, error);
          if (once) ends.set(root, { kind: 'skipped', reason: reasonOf(error) });
        },
      );
      await saySwitchedOff().catch(error => faults.raise(root, error));
      if (wasFailing && !isFailing) hintAll();
      markReady();
      rest?.begin();
      if (once && running.size === 0) {
        await skipSwitchedOff().catch(error => ends.set(root, { kind: 'skipped', reason: reasonOf(error) }));
        break;
      }
      await clock.sleep(isFailing ? limits.errorMaxMs : limits.idleLookMs, changed.signal, draining.signal);
    }
    await Promise.all([...running.values()].map(({ ended }) => ended));
    await services[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
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

/** A turn is not begun where it could not be finished: the disk may only just hold what the runner itself writes. */
const withRoom = (hooks: TurnEffects): TurnEffects => ({
  ...hooks,
  async hold(context, previous) {
    const held = await hooks.hold(context, previous);
    if (held === null) await requireRoom(context.layout.home);
    return held;
  },
});

const watchedDirectories = (layout: AgentLayout) => {
  const { inbox, new: waiting, later } = layout.inbox;
  return [inbox, waiting, later];
};
