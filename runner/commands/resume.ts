/** `agent-runner resume [name]`: takes back a park, a pause and a stop, and says what it took back. */
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { type AgentLayout, agentLayout, rootLayout } from '../../blackboard/layout.ts';
import { listAgents } from '../../blackboard/peers.ts';
import { readRecord } from '../../blackboard/record.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { liveRunner } from '../agent-lock.ts';
import type { GlobalOptions } from '../global-options.ts';
import { requireAgent } from '../known-agent.ts';
import type { Parked } from '../park.ts';

export async function run(global: GlobalOptions, name?: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const layouts = name
    ? [await requireAgent(files, root, name)]
    : (await listAgents(files, root)).map(each => agentLayout(root, each));
  const taken: string[] = [];
  for (const layout of layouts) taken.push(...(await resumeAgent(files, layout)));
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

async function resumeAgent(files: Files, layout: AgentLayout): Promise<string[]> {
  const { name, home } = layout;
  const taken: string[] = [];
  if (await files.facts(layout.parked)) {
    const parked = await readRecord<Parked>(files, layout.parked).catch(() => null);
    taken.push(await takeBack(files, home, layout.parked, `${name}: parked${parked ? `: ${parked.reason}` : ''}`));
    if (parked?.untilMs && parked.untilMs > Date.now())
      taken.push(
        parked.code === 'budget'
          ? `${name}: will be parked again unless you raise budget.perDayUsd in ${layout.definition}`
          : `${name}: will be parked again unless you raise perDayUsd in config.yaml and restart the runner`,
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
