/** `agent-runner resume [name]`: takes back a park, a pause and a stop, and says what it took back. */

import { localDay } from '../../blackboard/clock.ts';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode, usageError } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { type AgentLayout, agentLayout, rootLayout } from '../../blackboard/layout.ts';
import { listAgents } from '../../blackboard/peers.ts';
import { readRecord } from '../../blackboard/record.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { liveRunner } from '../agent-lock.ts';
import type { GlobalOptions } from '../global-options.ts';
import { requireAgent } from '../known-agent.ts';
import type { Parked } from '../park.ts';
import { recordRaise } from '../spending.ts';
import { openSteadyClock } from '../steady-clock.ts';

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
  const taken: string[] = [];
  if (options.raise !== undefined) taken.push(await raise(files, root, name ?? null, options.raise));
  for (const layout of layouts) taken.push(...(await resumeAgent(files, layout, options.raise !== undefined)));
  const { pause } = rootLayout(root);
  if (await files.facts(pause)) {
    if (name) taken.push(`still paused: ${pause} pauses all agents; take it back with: agent-runner resume`);
    else taken.push(await takeBack(files, root, pause, 'the pause of all agents'));
  }
  process.stdout.write(
    taken.length > 0
      ? `${taken.join('\n')}\n`
      : `Nothing to resume: ${name ?? 'no agent'} is parked, paused or stopped\n`,
  );
  return exitCode.ok;
}

/** Allows more money today: for one agent, or for the fleet. */
async function raise(files: Files, root: string, name: string | null, amount: string): Promise<string> {
  const usd = Number(amount);
  if (!Number.isFinite(usd) || usd <= 0)
    throw usageError(`--raise takes an amount in USD above 0, and got ${JSON.stringify(amount)}`);
  const clock = await openSteadyClock(files, root);
  await recordRaise(files, root, localDay(clock.nowMs()), name, usd);
  return `Raised ${name === null ? "today's budget of all agents" : `${name}'s budget of today`} by $${usd}`;
}

async function resumeAgent(files: Files, layout: AgentLayout, isRaised: boolean): Promise<string[]> {
  const { name, home } = layout;
  const taken: string[] = [];
  if (await files.facts(layout.parked)) {
    const parked = await readRecord<Parked>(files, layout.parked).catch(() => null);
    taken.push(await takeBack(files, home, layout.parked, `${name}: parked${parked ? `: ${parked.reason}` : ''}`));
    if (!isRaised && parked?.untilMs && parked.untilMs > Date.now())
      taken.push(
        parked.code === 'budget'
          ? `${name}: will be parked again unless you allow more today: agent-runner resume ${name} --raise <usd>`
          : `${name}: will be parked again unless you allow all agents more today: agent-runner resume --raise <usd>`,
      );
  }
  if (await files.facts(layout.pause)) taken.push(await takeBack(files, home, layout.pause, `${name}: paused`));
  if (await files.facts(layout.stop)) {
    taken.push(await takeBack(files, home, layout.stop, `${name}: stopped`));
    if (!(await liveRunner(layout))) taken.push(`${name}: no runner has it yet; if none is up: agent-runner start`);
  }
  return taken;
}

async function takeBack(files: Files, directory: string, path: string, what: string): Promise<string> {
  await files.remove(path);
  await files.syncDirectory(directory);
  return `Took back ${what}`;
}
