/** Ends all runners of the root, or stops single agents by a file that lasts. Waits for the end. */
import { type AgentLayout, agentLayout, turnLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { notRunningError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import {
  canBeSignalled,
  formatIdentity,
  isElsewhere,
  type ProcessIdentity,
} from '#blackboard/system/process-identity.ts';
import { placeText } from '#blackboard/system/process-place.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { readConfig } from '#runner/agents/config.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { liveRunnersOf } from '#runner/agents/runner-registry.ts';
import { isChildAlive, requireInSight } from '#runner/claude/child-elsewhere.ts';
import type { Stop } from '#runner/results/agents.ts';
import { stoppedBlocker } from '#runner/status/blockers.ts';
import { pidText, takenOverLater } from '#runner/text/who-runs.ts';
import { stopTurn } from '#runner/turn/supervise-child.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Milliseconds between looks, and after which `now` asks once more. */
const LOOK_MS = 50;
const ASK_AGAIN_MS = 500;
/** Milliseconds beyond the grace of the turns after which something is wrong. */
const SLACK_MS = 15_000;

/** Steps of stopping. */
export type StopStep =
  | { step: 'asked'; pid: number; agents: string[] }
  /** No signal from here reaches them. */
  | { step: 'not-reached'; runners: ProcessIdentity[] }
  | { step: 'runners-ended'; count: number }
  | { step: 'turn-stopped'; name: string; turn: number }
  | { step: 'agent-ending'; name: string; runner: ProcessIdentity }
  /** `next`: what makes it go on. */
  | { step: 'agent-ended'; name: string; wasRunning: boolean; next: string };

export interface StopOrder {
  /** None: all runners of the root. */
  names: readonly string[];
  /** Also stops the running turns. */
  now: boolean;
  /** Ends only the wait. */
  signal?: AbortSignal;
  progress?(step: StopStep): void;
}

/** Throws 66 for an unknown agent, 69 where no runner is up, 75 where one has not ended in time or cannot be reached. */
export async function stop({ files, root }: VerbContext, order: StopOrder): Promise<Stop> {
  if (order.names.length === 0) {
    const [int, term] = limits.stopGraceMs;
    const { stopGraceSeconds } = await readConfig(files, root).catch(() => ({ stopGraceSeconds: 0 }));
    return stopRunners(files, root, order, stopGraceSeconds * 1000 + int + term + SLACK_MS);
  }
  const layouts: AgentLayout[] = [];
  for (const name of order.names) layouts.push(await requireAgent(files, root, name));
  return { agents: await Promise.all(layouts.map(layout => stopAgent(files, layout, order))) };
}

/** A process, and the agents of this root that it runs. */
interface LiveRunner {
  identity: ProcessIdentity;
  agents: string[];
}

async function liveRunners(files: Files, root: string): Promise<LiveRunner[]> {
  const known = new Map<string, LiveRunner>();
  for (const identity of await liveRunnersOf(files, root))
    known.set(formatIdentity(identity), { identity, agents: [] });
  for (const name of await listAgents(files, root)) {
    const record = await liveRunner(agentLayout(root, name));
    if (!record) continue;
    const runner = known.get(formatIdentity(record.identity)) ?? { identity: record.identity, agents: [] };
    runner.agents.push(name);
    known.set(formatIdentity(record.identity), runner);
  }
  return [...known.values()];
}

async function stopRunners(
  files: Files,
  root: string,
  { now, signal, progress }: StopOrder,
  limitMs: number,
): Promise<Stop> {
  const all = await liveRunners(files, root);
  const runners = all.filter(({ identity }) => !isElsewhere(identity));
  const elsewhere = all.map(({ identity }) => identity).filter(isElsewhere);
  if (runners.length === 0 && elsewhere.length > 0)
    throw temporaryError(
      `no signal from here reaches ${elsewhere.map(pidText).join(', ')}`,
      `Stop it there, or agent by agent from here: agent-runner stop <name>. ${takenOverLater}`,
    );
  if (runners.length === 0)
    throw notRunningError(`no runner of ${root} is up`, 'See what there is with: agent-runner list');
  for (const { identity, agents } of runners) {
    ask(identity);
    progress?.({ step: 'asked', pid: identity.pid, agents });
  }
  const until = systemClock.monotonicMs() + limitMs;
  let askAgainAt = systemClock.monotonicMs() + ASK_AGAIN_MS / 4;
  for (let left = runners; left.length > 0; left = left.filter(({ identity }) => canBeSignalled(identity))) {
    if (systemClock.monotonicMs() > until)
      throw temporaryError(
        `still up after ${limitMs / 1000} s: ${left.map(({ identity }) => `pid ${identity.pid}`).join(', ')}`,
        'Stop the turns that run with: agent-runner stop --now',
      );
    // Two Unix signals at once count as one, so the second is sent later, and repeated.
    if (now && systemClock.monotonicMs() > askAgainAt) {
      for (const { identity } of left) ask(identity);
      askAgainAt = systemClock.monotonicMs() + ASK_AGAIN_MS;
    }
    await look(signal);
  }
  if (elsewhere.length > 0) progress?.({ step: 'not-reached', runners: elsewhere });
  progress?.({ step: 'runners-ended', count: runners.length });
  const asResult = ({ identity, agents }: LiveRunner) => ({ pid: identity.pid, agents });
  return {
    runners: runners.map(asResult),
    notReached: all
      .filter(({ identity }) => isElsewhere(identity))
      .map(each => ({ ...asResult(each), where: placeText(each.identity.place) })),
  };
}

function ask(identity: ProcessIdentity): void {
  if (canBeSignalled(identity)) process.kill(identity.pid, 'SIGTERM');
}

/** Waits until the next look. */
async function look(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await systemClock.sleep(LOOK_MS, ...(signal ? [signal] : []));
}

/** The stop file comes first: from then on no runner starts a turn of this agent, even if this process dies. */
async function stopAgent(files: Files, layout: AgentLayout, { now, signal, progress }: StopOrder) {
  const { name } = layout;
  // Read before the stop file exists: after that the runner may end its loop at once.
  const before = await liveRunner(layout);
  await writeRecord(files, layout.stop, { at: new Date().toISOString(), by: 'agent-runner stop' });
  const runner = before ?? (await liveRunner(layout));
  const stopped = now ? await stopOpenTurn(files, layout) : null;
  if (stopped) progress?.({ step: 'turn-stopped', name, turn: stopped });
  if (runner && !now) progress?.({ step: 'agent-ending', name, runner: runner.identity });
  while (await liveRunner(layout)) await look(signal);
  progress?.({ step: 'agent-ended', name, wasRunning: runner !== null, next: stoppedBlocker(name).next! });
  return { name, runnerPid: runner?.identity.pid ?? null, stoppedTurn: stopped };
}

/** Interrupts the open turn, even if its runner is gone and only the child lives. Returns its number, or null. */
async function stopOpenTurn(files: Files, layout: AgentLayout): Promise<number | null> {
  const number = await latestTurn(files, layout.turns);
  const turn = turnLayout(layout.turns, number);
  if (number === 0 || (await isClosed(files, turn))) return null;
  const child = await readChild(files, turn);
  if (child.kind === 'started' && !(await isChildAlive(files, turn, child.identity))) return null;
  await requireInSight(files, turn);
  await stopTurn(files, systemClock, turn, { reason: 'shutdown', by: 'agent-runner stop' });
  return number;
}
