/** `agent-runner stop [name…]`: ends runners (all of this root), or single agents by a mark that lasts. Waits for it. */

import { type AgentLayout, agentLayout, turnLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, notRunningError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import {
  canBeSignalled,
  formatIdentity,
  isElsewhere,
  type ProcessIdentity,
} from '#blackboard/system/process-identity.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { isClosed, latestTurn, readChild } from '#blackboard/turns/turns.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { readConfig } from '#runner/agents/config.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { liveRunnersOf } from '#runner/agents/runner-registry.ts';
import { isChildAlive, requireInSight } from '#runner/claude/child-elsewhere.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { stoppedBlocker } from '#runner/status/blockers.ts';
import { printJson } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';
import { showWaiting, type Waiting } from '#runner/text/waiting.ts';
import { pidText, takenOverLater } from '#runner/text/who-runs.ts';
import { stopTurn } from '#runner/turn/supervise-child.ts';

export const command: Declaration = {
  words: 'stop',
  heading: 'Agents at work',
  about: 'stop agents after their turn (default: the runner, and so all of them)',
  arguments: [{ name: '[name...]', completes: 'agent' }],
  options: [{ flags: '--now', about: 'do not wait for the turns that run' }],
  json: true,
  examples: ['agent-runner stop', 'agent-runner stop reviewer --now'],
  exits: { 66: 'no such agent', 69: 'no runner is up', 75: 'it has not ended yet' },
};

/** Milliseconds between looks, and after which --now asks once more. */
const LOOK_MS = 50;
const ASK_AGAIN_MS = 500;
/** Milliseconds beyond the grace of the turns after which something is wrong. */
const SLACK_MS = 15_000;

/** With --json what happens is told once it has, as data. */
let isJson = false;
let waiting: Waiting | null = null;
const say = (line: string) => {
  const print = () => void (isJson || process.stdout.write(`${line}\n`));
  if (waiting) waiting.above(print);
  else print();
};

export async function run(global: GlobalOptions, names: string[], options: { now?: boolean }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const now = options.now === true;
  isJson = global.json === true;
  using shown = showWaiting('waiting for the turns that run', { json: isJson });
  waiting = shown;
  const [int, term] = limits.stopGraceMs;
  if (names.length === 0) {
    const { stopGraceSeconds } = await readConfig(files, root).catch(() => ({ stopGraceSeconds: 0 }));
    const runners = await stopRunners(files, root, now, stopGraceSeconds * 1000 + int + term + SLACK_MS);
    if (isJson) printJson({ runners: runners.map(({ identity, agents }) => ({ pid: identity.pid, agents })) });
    return exitCode.ok;
  }
  const layouts: AgentLayout[] = [];
  for (const name of names) layouts.push(await requireAgent(files, root, name));
  const stopped = await Promise.all(layouts.map(layout => stopAgent(files, layout, now)));
  if (isJson) printJson({ agents: stopped });
  return exitCode.ok;
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

async function stopRunners(files: Files, root: string, now: boolean, limitMs: number): Promise<LiveRunner[]> {
  const all = await liveRunners(files, root);
  const runners = all.filter(({ identity }) => !isElsewhere(identity));
  const elsewhere = all.filter(({ identity }) => isElsewhere(identity)).map(({ identity }) => pidText(identity));
  if (runners.length === 0 && elsewhere.length > 0)
    throw temporaryError(
      `no signal from here reaches ${elsewhere.join(', ')}`,
      `Stop it there, or agent by agent from here: agent-runner stop <name>. ${takenOverLater}`,
    );
  if (runners.length === 0)
    throw notRunningError(`no runner of ${root} is up`, 'See what there is with: agent-runner list');
  for (const { identity, agents } of runners) {
    ask(identity);
    say(
      `Asked pid ${identity.pid} (${agents.join(', ') || 'no agents'}) to stop${now ? ' now' : ' after the turns that run'}`,
    );
  }
  const until = systemClock.monotonicMs() + limitMs;
  let askAgainAt = systemClock.monotonicMs() + ASK_AGAIN_MS / 4;
  for (let left = runners; left.length > 0; left = left.filter(({ identity }) => canBeSignalled(identity))) {
    if (systemClock.monotonicMs() > until)
      throw temporaryError(
        `still up after ${limitMs / 1000} s: ${left.map(({ identity }) => `pid ${identity.pid}`).join(', ')}`,
        'Stop the turns that run with: agent-runner stop --now',
      );
    // Two signals at once are one: the second is sent when the first has had time to arrive, and until it has.
    if (now && systemClock.monotonicMs() > askAgainAt) {
      for (const { identity } of left) ask(identity);
      askAgainAt = systemClock.monotonicMs() + ASK_AGAIN_MS;
    }
    await systemClock.sleep(LOOK_MS);
  }
  if (elsewhere.length > 0) say(`Not reached by a signal from here: ${elsewhere.join(', ')}; stop it there`);
  say(`Stopped ${plural(runners.length, 'runner')}; what waits in the inboxes waits for the next start`);
  return runners;
}

function ask(identity: ProcessIdentity): void {
  if (canBeSignalled(identity)) process.kill(identity.pid, 'SIGTERM');
}

/** The mark comes first: from then on no runner starts a turn of this agent, whatever becomes of us. */
async function stopAgent(files: Files, layout: AgentLayout, now: boolean) {
  const { name } = layout;
  // Looked for before the mark: the runner may have ended its loop by the time somebody looks.
  const before = await liveRunner(layout);
  await writeRecord(files, layout.stop, { at: new Date().toISOString(), by: 'agent-runner stop' });
  const runner = before ?? (await liveRunner(layout));
  const stopped = now ? await stopOpenTurn(files, layout, systemClock) : null;
  if (stopped) say(`${name}: stopped turn ${stopped}; its messages wait`);
  if (runner && !now) say(`${name}: ${pidText(runner.identity)} ends its loop after the turn that runs`);
  while (await liveRunner(layout)) await systemClock.sleep(LOOK_MS);
  say(`${name}: ${runner ? 'stopped' : 'was not running, and stays so'}; to go on: ${stoppedBlocker(name).next}`);
  return { name, runnerPid: runner?.identity.pid ?? null, stoppedTurn: stopped };
}

/** As an interruption, also where the runner is gone and only its child lives. The number of the turn, or null. */
async function stopOpenTurn(files: Files, layout: AgentLayout, clock: Clock): Promise<number | null> {
  const number = await latestTurn(files, layout.turns);
  const turn = turnLayout(layout.turns, number);
  if (number === 0 || (await isClosed(files, turn))) return null;
  const child = await readChild(files, turn);
  if (child.kind === 'started' && !(await isChildAlive(files, turn, child.identity))) return null;
  await requireInSight(files, turn);
  await stopTurn(files, clock, turn, { reason: 'shutdown', by: 'agent-runner stop' });
  return number;
}
