/** Takes back a park, a pause and a stop: of one agent, or of all; and allows more money for today. */

import { recordEvents } from '#blackboard/events/record-events.ts';
import { type AgentLayout, agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { recordRaise } from '#blackboard/turns/spending.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Resume } from '#runner/results/agents.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import type { Parked } from '#runner/status/park.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface ResumeOrder {
  /** null: all agents. */
  name: string | null;
  /** So much more today: for the agent, or for all of them together; null: no more. */
  raiseUsd: number | null;
}

/** Throws 66 for an unknown agent, 64 for an amount that is none. */
export async function resume(context: VerbContext, { name, raiseUsd }: ResumeOrder): Promise<Resume> {
  const { files, root, env } = context;
  if (raiseUsd !== null) await refuseAgents(files, root, env, 'resume --raise');
  const layouts = name
    ? [await requireAgent(files, root, name)]
    : (await listAgents(files, root)).map(each => agentLayout(root, each));
  const done: Resume = { took: [], raisedUsd: raiseUsd, parksAgain: [], waits: [], pausedBy: null };
  if (raiseUsd !== null) await raise(files, root, name, raiseUsd);
  const raised = raiseUsd === null ? null : name ? 'budget' : 'fleet-budget';
  for (const layout of layouts) await resumeAgent(context, done, layout, raised);
  const { pause } = rootLayout(root);
  if (await files.facts(pause)) {
    if (name) done.pausedBy = pause;
    else await takeBack(files, done, root, pause, { name: null, what: 'pause', reason: null });
  }
  return done;
}

/** Allows more money today: for one agent, or for the fleet. */
async function raise(files: Files, root: string, name: string | null, usd: number): Promise<void> {
  if (!Number.isFinite(usd) || usd <= 0) throw usageError(`raiseUsd ${usd}: expected an amount in USD above 0`);
  const clock = await openSteadyClock(files, root);
  await recordRaise(files, root, localDay(clock.nowMs()), name, usd);
}

/** `raised`: the code of a park that more money was allowed for. */
async function resumeAgent(
  { files, root, env }: VerbContext,
  done: Resume,
  layout: AgentLayout,
  raised: Parked['code'] | null,
): Promise<void> {
  const { name, home } = layout;
  if (await files.facts(layout.parked)) {
    const parked = await readRecord<Parked>(files, layout.parked).catch(() => null);
    await takeBack(files, done, home, layout.parked, { name, what: 'park', reason: parked?.reason ?? null });
    const event = { type: 'agent.resumed', code: parked?.code ?? 'unreadable' } as const;
    await recordEvents(files, layout.inbox, new Date().toISOString(), event);
    const code = parked?.code;
    if (parked?.untilMs && parked.untilMs > Date.now() && (code === 'budget' || code === 'fleet-budget'))
      if (code !== raised) done.parksAgain.push({ name, code });
  }
  if (await files.facts(layout.pause))
    await takeBack(files, done, home, layout.pause, { name, what: 'pause', reason: null });
  if (await files.facts(layout.stop)) {
    await takeBack(files, done, home, layout.stop, { name, what: 'stop', reason: null });
    const blocker = await readBlocker(stateSource(root, files, env, Date.now()), name);
    if (blocker?.kind === 'not-running') done.waits.push({ name, why: blocker.sentence });
  }
}

async function takeBack(
  files: Files,
  done: Resume,
  directory: string,
  path: string,
  took: Resume['took'][number],
): Promise<void> {
  await files.remove(path);
  await files.syncDirectory(directory);
  done.took.push(took);
}
