/** `agent-runner` alone on a terminal: what is going on, and what to do next. Exit 0. */

import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { listAgents } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { exitCode, isRunnerError } from '#blackboard/system/errors.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { run as list } from '#runner/cli/commands/list.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import { stateOf } from '#runner/status/agent-state.ts';
import { isSwitchedOff } from '#runner/status/blockers.ts';
import { paintFor, plural, usdText } from '#runner/text/terminal.ts';

export async function run(global: GlobalOptions): Promise<number> {
  const files = createSyncFiles();
  let root: string;
  try {
    root = await requireRoot(rootPath(global.root, process.env));
  } catch (error) {
    // Nothing is set up yet: that is where everybody begins.
    if (!isRunnerError(error) || error.exit !== exitCode.noSuch) throw error;
    process.stdout.write(BEGIN);
    return exitCode.ok;
  }
  await list(global);
  const nowMs = Date.now();
  const source = stateSource(root, files, process.env, nowMs);
  const agents = await readAllFacts(source, await listAgents(files, root));
  const { fleetUsd } = await source.spending(localDay(nowMs));
  const { inbox } = { inbox: inboxLayout(rootLayout(root).operator) };
  const unread = (await files.list(inbox.new)).filter(name => parseMessageName(name) !== null).length;
  const dead = agents.reduce((sum, { deadCount }) => sum + deadCount, 0);
  const states = agents.map(facts => stateOf(facts, nowMs));
  const hasWorkers = states.some(state => !isSwitchedOff(state));
  const isDown = hasWorkers && agents.every(({ runner }) => !runner) && (await source.runners()) === 'none';
  const parked = states.filter(({ kind }) => kind === 'parked').length;
  const stuck = states.filter(({ kind, needsYou }) => needsYou && kind !== 'parked').length;
  const lines: [string, string][] = [];
  if (unread > 0) lines.push([`${plural(unread, 'unread message')} for you`, 'agent-runner inbox']);
  if (parked > 0) lines.push([`${plural(parked, 'agent')} parked`, 'agent-runner inbox says why']);
  if (stuck > 0) lines.push([`${plural(stuck, 'agent')} waiting for you to mend something`, 'agent-runner doctor']);
  if (dead > 0) lines.push([plural(dead, 'dead letter'), 'agent-runner dead list']);
  if (isDown) lines.push(['no runner is up', 'agent-runner start']);
  lines.push([`${usdText(fleetUsd)} spent today`, 'agent-runner costs']);
  lines.push(['everything else', 'agent-runner --help']);
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...lines.map(([what]) => what.length));
  process.stdout.write(`\n${lines.map(([what, how]) => `${what.padEnd(width)}   ${paint.dim(how)}\n`).join('')}`);
  return exitCode.ok;
}

const BEGIN = `Nothing is set up yet. Begin with:

  agent-runner init                          makes ~/.agent-runner
  agent-runner add worker --cwd <directory>  an agent that works there
  agent-runner start                         runs it

See it work first, without an account: agent-runner demo
All commands: agent-runner --help
`;
