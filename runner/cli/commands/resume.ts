/** `agent-runner resume [name]`: takes back a park, a pause and a stop, and says what it took back. */

import { type AgentLayout, agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { recordRaise } from '#blackboard/turns/spending.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import type { Parked } from '#runner/status/park.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'resume',
  heading: 'Agents at work',
  about: 'un-park an agent (default: all), and take back a stop or a pause',
  arguments: [{ name: '[name]', completes: 'agent' }],
  options: [{ flags: '--raise <usd>', about: 'allow so much more today (without a name: for all agents together)' }],
  json: true,
  examples: ['agent-runner resume reviewer', 'agent-runner resume reviewer --raise 5'],
  exits: { 66: 'no such agent' },
};

export async function run(
  global: GlobalOptions,
  name: string | undefined,
  options: { raise?: string },
): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const layouts = name
    ? [await requireAgent(files, root, name)]
    : (await listAgents(files, root)).map(each => agentLayout(root, each));
  const report: Report = { took: [], said: [], raisedUsd: null };
  if (options.raise !== undefined) await raise(report, files, root, name ?? null, options.raise);
  const raised = options.raise === undefined ? null : name ? 'budget' : 'fleet-budget';
  for (const layout of layouts) await resumeAgent(report, files, root, layout, raised);
  const { pause } = rootLayout(root);
  if (await files.facts(pause)) {
    if (name) report.said.push(`still paused: ${pause} pauses all agents; take it back with: agent-runner resume`);
    else await takeBack(report, files, root, pause, { name: null, what: 'pause' }, 'the pause of all agents');
  }
  if (global.json) {
    printJson({ took: report.took, raisedUsd: report.raisedUsd });
    return exitCode.ok;
  }
  process.stdout.write(
    report.said.length > 0
      ? `${report.said.join('\n')}\n`
      : `Nothing to resume: ${name ? `${name} is not` : 'no agent is'} parked, paused or stopped\n`,
  );
  return exitCode.ok;
}

/** What was taken back, and what is said of it. */
interface Report {
  /** `name` null: of all agents. */
  took: { name: string | null; what: 'park' | 'pause' | 'stop' }[];
  said: string[];
  raisedUsd: number | null;
}

/** Allows more money today: for one agent, or for the fleet. */
async function raise(report: Report, files: Files, root: string, name: string | null, amount: string): Promise<void> {
  const usd = Number(amount);
  if (!Number.isFinite(usd) || usd <= 0)
    throw usageError(`--raise takes an amount in USD above 0, and got ${JSON.stringify(amount)}`);
  const clock = await openSteadyClock(files, root);
  await recordRaise(files, root, localDay(clock.nowMs()), name, usd);
  report.raisedUsd = usd;
  report.said.push(`Raised ${name === null ? "today's budget of all agents" : `${name}'s budget of today`} by $${usd}`);
}

/** `raised`: the code of a park that more money was allowed for. */
async function resumeAgent(
  report: Report,
  files: Files,
  root: string,
  layout: AgentLayout,
  raised: Parked['code'] | null,
): Promise<void> {
  const { name, home } = layout;
  if (await files.facts(layout.parked)) {
    const parked = await readRecord<Parked>(files, layout.parked).catch(() => null);
    const reason = parked ? `: ${printableLine(parked.reason)}` : '';
    await takeBack(report, files, home, layout.parked, { name, what: 'park' }, `${name}: parked${reason}`);
    if (parked?.untilMs && parked.untilMs > Date.now() && parked.code.endsWith('budget') && parked.code !== raised)
      report.said.push(
        parked.code === 'budget'
          ? `${name}: will be parked again unless you allow more today: agent-runner resume ${name} --raise <usd>`
          : `${name}: will be parked again unless you allow all agents more today: agent-runner resume --raise <usd>`,
      );
  }
  if (await files.facts(layout.pause))
    await takeBack(report, files, home, layout.pause, { name, what: 'pause' }, `${name}: paused`);
  if (await files.facts(layout.stop)) {
    await takeBack(report, files, home, layout.stop, { name, what: 'stop' }, `${name}: stopped`);
    const blocker = await readBlocker(stateSource(root, files, process.env, Date.now()), name);
    if (blocker?.kind === 'not-running') report.said.push(`${name}: ${blocker.sentence}`);
  }
}

async function takeBack(
  report: Report,
  files: Files,
  directory: string,
  path: string,
  took: Report['took'][number],
  words: string,
): Promise<void> {
  await files.remove(path);
  await files.syncDirectory(directory);
  report.took.push(took);
  report.said.push(`Took back ${words}`);
}
