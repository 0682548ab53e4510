/**
 * `agent-runner remove <name>`: takes an agent out of the root, with or without a runner that has it. Everything of it
 * is kept in removed/.
 */

import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { printJson } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';
import { showWaiting } from '#runner/text/waiting.ts';
import {
  buryAndPutAway,
  closeAgent,
  countUnfinished,
  endTurns,
  finishRemovals,
  type Removal,
  reopenAgent,
  runningTurn,
} from '#runner/turn/removing.ts';

export const command: Declaration = {
  words: 'remove',
  heading: 'Agents at work',
  about: 'take an agent out of the root; everything of it is kept in removed/',
  arguments: [{ name: '<name>', completes: 'agent' }],
  options: [{ flags: '--force', about: 'although messages wait: they go to dead, and their senders are told' }],
  json: true,
  examples: ['agent-runner remove reviewer', 'agent-runner remove reviewer --force'],
  exits: { 66: 'no such agent', 75: 'the runner does not let go', 77: 'messages wait, and no --force' },
};

export async function run(global: GlobalOptions, name: string, options: { force?: boolean }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const layout = await begunOrThere(files, root, name);
  using waiting = showWaiting(`removing ${name}`, { json: global.json });
  const by = await authorOf(files, root, process.env);
  const say = (line: string) => waiting.above(() => void process.stderr.write(`agent-runner: ${name}: ${line}\n`));
  const removal: Removal = { files, root, layout, clock: systemClock, env: process.env, by, say };
  const refuseUnfinished = async () => {
    if (options.force) return;
    const count = await countUnfinished(files, layout);
    if (count > 0) throw unfinishedError(name, `has ${plural(count, 'message')} without an answer or an end`);
    const turn = await runningTurn(files, layout);
    if (turn !== null) throw unfinishedError(name, `is in turn ${turn}`);
  };
  await refuseUnfinished();
  await closeAgent(removal);
  // What came in the moment before its name was gone was accepted.
  await refuseUnfinished().catch(async error => {
    await reopenAgent(removal);
    throw error;
  });
  await endTurns(removal);
  const { kept, buried } = await buryAndPutAway(removal);
  await finishRemovals(removal);
  waiting[Symbol.dispose]();
  if (global.json) printJson({ name, kept, buried });
  else
    process.stdout.write(
      `Removed ${name}${buried > 0 ? `; ${plural(buried, 'message')} went to dead, and the senders were told` : ''}\nEverything of it is kept in ${kept} (when you need it no more: rm -r ${quoted(kept)})\n`,
    );
  return exitCode.ok;
}

/** An agent, or what an earlier `remove` left half done. */
async function begunOrThere(files: Files, root: string, name: string): Promise<AgentLayout> {
  if (whyNotAName(name) === null) {
    const layout = agentLayout(root, name);
    if (await files.facts(layout.removed)) return layout;
  }
  return requireAgent(files, root, name);
}

const unfinishedError = (name: string, what: string) =>
  refusedError(
    `${name} ${what}`,
    `Let it finish (agent-runner status ${name}), or give it up: agent-runner remove ${name} --force`,
  );
