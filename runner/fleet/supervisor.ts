/**
 * One process for many agents. It looks for them, tells the table of an agent's life (agent-table.ts) what it finds and what comes of
 * each, and does what the table says; events of the OS are hints.
 */

import { agentLayout, agentPlaces, boardLayout, rootLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createLookLoop } from '#blackboard/system/look-loop.ts';
import { mapAtOnce } from '#blackboard/system/map-at-once.ts';
import { createAgentReader } from '#runner/agents/agent-directory.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import type { ToolServerOf } from '#runner/claude/port.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import type { LoopEnd, Stopping } from '#runner/fleet/agent-loop.ts';
import { type Action, type Event, next, type State } from '#runner/fleet/agent-table.ts';
import { createFleet } from '#runner/fleet/agent-wiring.ts';
import { createRest } from '#runner/fleet/once-drain.ts';
import { passedOver, wantsRunner } from '#runner/fleet/passed-over.ts';
import { type RunningAgent, runAgent } from '#runner/fleet/run-agent.ts';
import { createServices } from '#runner/fleet/services.ts';
import { createTrouble } from '#runner/fleet/trouble.ts';
import { watchDirectories } from '#runner/fleet/watch.ts';

export interface SupervisorOptions {
  root: string;
  files: Files;
  config: FleetConfig;
  /** Only these agents; empty: all, and those that come. */
  names: readonly string[];
  once: boolean;
  launcherPath: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where everything is said that happens. */
  events: RunnerEvents;
  /** Our MCP server for each claude. Absent: none. */
  toolServers?: ToolServerOf | undefined;
  clock?: Clock;
}

export interface Supervisor {
  /** Resolves when every inbox that there is, is watched. */
  ready: Promise<void>;
  /** What is old may go, from now on: it can wait until it has been said that the runner watches. */
  sweep(): void;
  /** No new turns; running ones may finish. */
  drain(): void;
  /** Running turns are stopped now, as interruptions. */
  stopNow(): void;
  /** Resolves when all loops have ended: what each came to. */
  done: Promise<Map<string, LoopEnd>>;
}

/** An agent from its start to its end. */
interface Life {
  /** It starts no further turn. */
  end: AbortController;
  /** Its turn is stopped. */
  stop: AbortController;
  /** Set once its loop runs. */
  agent: RunningAgent | null;
  /** Resolves when it runs, or could not be started. */
  begun: Promise<void>;
  over: Promise<void>;
}

/** Names in an agent's directory whose change matters; the others (transcript.log, turns) change all the time. */
const WATCHED_NAMES = new Set(['agent.md', 'parked', 'pause', 'stop', 'lent', 'inbox']);

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { root, files, once } = options;
  const clock = options.clock ?? systemClock;
  const paths = rootLayout(root);
  const stopping = new AbortController();
  /** Of agents that are not `absent`, nor, after a drain, `over`. */
  const states = new Map<string, State>();
  const lives = new Map<string, Life>();
  /** What becomes of one that nothing is known of. */
  let unknown: State = 'absent';
  const ends = new Map<string, LoopEnd>();
  let homes: ReadonlySet<string> = new Set();
  /** The last look for agents failed, wholly or for one of them: the next one comes soon. */
  let isFailing = false;
  const rest = once ? createRest() : null;
  const reader = createAgentReader(files, options.env, clock.nowMs);
  const isAgent = (who: string) => homes.has(agentPlaces(root, who).home);
  const trouble = createTrouble({ ...options, clock, isAgent });
  const { complain, faults } = trouble;
  const boardWriting = boardLayout(root).writing;
  const fleet = createFleet({
    ...options,
    clock,
    reader,
    complain,
    stopNow: stopping.signal,
    onListening: isListening => (isListening ? watch.add(boardWriting) : watch.forget(boardWriting)),
  });
  const services = createServices({
    ...options,
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
    onTrouble: problem => trouble.watching(problem, lives.keys()),
  });

  let sweeps = false;
  const running = { ...options, clock, fleet, faults, complain, watch, rest, sweeps: () => sweeps };

  /** Says that the root is gone, rather than that there are no agents. */
  async function requireAgents(): Promise<void> {
    if ((await files.facts(paths.agents)) !== null) return;
    throw Object.assign(new Error(`ENOENT: ${paths.agents} is gone`), { code: 'ENOENT' });
  }

  function onHint(directory: string, name: string): void {
    if (directory === root || directory === paths.agents) {
      loop.hint();
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
        .catch(error => complain({ peer: agent, part: null }, reasonOf(error)));
    }
    dispatch(agent, 'changed');
  }

  const hintAll = (): void => {
    for (const name of lives.keys()) dispatch(name, 'changed');
  };

  /** Tells the table, and does what it says. */
  function dispatch(name: string, event: Event): void {
    const { state, actions } = next(states.get(name) ?? unknown, event);
    if (state === unknown) states.delete(name);
    else states.set(name, state);
    for (const action of actions) act[action](name);
  }

  const act: Readonly<Record<Action, (name: string) => void>> = {
    start: name => lives.set(name, begin(name)),
    end: name => lives.get(name)?.end.abort(),
    stop: name => lives.get(name)?.stop.abort(),
    hint: name => lives.get(name)?.agent?.hint(),
    look: () => loop.hint(),
  };

  function begin(name: string): Life {
    const [end, stop] = [new AbortController(), new AbortController()];
    const started = start(name, { drain: end.signal, stopNow: stop.signal });
    const life: Life = { end, stop, agent: null, begun: started.then(() => {}), over: started.then(finish) };
    return life;

    async function finish(came: RunningAgent | Event): Promise<void> {
      let event: Event = 'ended';
      if (typeof came === 'string') event = came;
      else {
        life.agent = came;
        dispatch(name, 'started');
        ends.set(name, await came.ended);
      }
      lives.delete(name);
      dispatch(name, once ? 'done' : event);
    }
  }

  /** What came of it: an agent that runs, or the event that says why not. */
  async function start(name: string, signals: Stopping): Promise<RunningAgent | Event> {
    try {
      const agent = await runAgent(running, agentLayout(root, name), signals, error => {
        complain({ peer: name, part: 'lock' }, `it was lost (${error.message}); its loop ends`);
        dispatch(name, 'lockLost');
      });
      complain({ peer: name, part: 'lock' }, null);
      trouble.started(name);
      return agent;
    } catch (error) {
      const isFault = await trouble.notStarted(name, error);
      if (once) ends.set(name, { kind: 'skipped', reason: reasonOf(error) });
      return isFault ? 'failed' : 'refused';
    }
  }

  /** Tells whether it is wanted; one that is started is waited for. */
  async function reconcileOne(name: string): Promise<void> {
    const isAsked = options.names.length === 0 || options.names.includes(name);
    const isWanted = isAsked && (await wantsRunner(files, reader, agentPlaces(root, name)));
    dispatch(name, isWanted ? 'wanted' : 'unwanted');
    await lives.get(name)?.begun;
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
    const names = await listAgents(files, root);
    await mapAtOnce(names, limits.agentsAtOnce, reconcileOne);
    const present = new Set(names);
    for (const name of states.keys())
      if (!present.has(name)) dispatch(name, homes.has(agentPlaces(root, name).home) ? 'unwanted' : 'gone');
  }

  const switchedOff = () => passedOver({ files, root, reader, asked: options.names });

  /** Who was asked for by name and is switched off is not passed over in silence. */
  async function saySwitchedOff(): Promise<void> {
    if (once || options.names.length === 0) return;
    for (const [name, why] of await switchedOff())
      complain({ peer: name, part: null }, `${why}: it is taken up when that changes`);
  }

  /** With --once: nor is an agent in whose inbox something waits. */
  async function skipSwitchedOff(): Promise<void> {
    for (const [name, reason] of await switchedOff()) if (!ends.has(name)) ends.set(name, { kind: 'skipped', reason });
  }

  const loop = createLookLoop({
    clock,
    async look() {
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
      isFailing ||= [...states.values()].includes('held');
      if (wasFailing && !isFailing) hintAll();
      markReady();
      rest?.begin();
      if (once && lives.size === 0) {
        await skipSwitchedOff().catch(error => ends.set(root, { kind: 'skipped', reason: reasonOf(error) }));
        loop.stop();
      }
      return isFailing ? limits.errorMaxMs : limits.idleLookMs;
    },
    onError: error => faults.raise(root, error),
  });

  function endAll(event: 'drain' | 'stopNow'): void {
    unknown = 'over';
    for (const name of states.keys()) dispatch(name, event);
    loop.stop();
  }

  async function supervise(): Promise<Map<string, LoopEnd>> {
    await services.begin();
    services.start();
    loop.start();
    await loop.over;
    markReady();
    await Promise.all([...lives.values()].map(({ over }) => over));
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
    sweep() {
      sweeps = true;
      hintAll();
    },
    drain: () => endAll('drain'),
    stopNow() {
      endAll('stopNow');
      stopping.abort();
    },
    done: supervise(),
  };
}
