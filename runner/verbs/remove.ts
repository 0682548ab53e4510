/** Takes an agent out of the root, with or without its runner. All its files are kept in removed/. */
import { type AgentLayout, agentLayout, turnLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { refusedError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { callerOf } from '#runner/agents/caller.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { removeWorktrees } from '#runner/agents/remove-worktrees.ts';
import type { Remove } from '#runner/results/setup.ts';
import { lentBlocker } from '#runner/status/blockers.ts';
import { lentNow } from '#runner/status/lent.ts';
import { plural } from '#runner/text/terminal.ts';
import {
  buryAndPutAway,
  closeAgent,
  countUnfinished,
  endTurns,
  finishRemovals,
  type Removal,
  type RemovalStep,
  reopenAgent,
  runningTurn,
} from '#runner/turn/removing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface RemoveOrder {
  name: string;
  /** Although messages wait: they go to dead, and their senders are told. */
  force: boolean;
  progress?(step: RemovalStep): void;
}

/** Throws 66 for an unknown agent, 75 where its runner does not let go, 77 where it has work and `force` is false. */
export async function remove({ files, root, env }: VerbContext, order: RemoveOrder): Promise<Remove> {
  const { name, force, progress = () => {} } = order;
  const layout = await begunOrThere(files, root, name);
  const by = (await callerOf(files, root, env)).peer;
  const removal: Removal = { files, root, layout, clock: systemClock, env, by, progress };
  await refuseLent(files, layout);
  if (!force) await refuseUnfinished(files, layout);
  await closeAgent(removal);
  // What came in the moment before its name was gone was accepted.
  if (!force)
    await refuseUnfinished(files, layout).catch(async error => {
      await reopenAgent(removal);
      throw error;
    });
  await endTurns(removal);
  const worktrees = await removeWorktrees(removal, layout);
  const { kept, buried } = await buryAndPutAway(removal);
  await finishRemovals(removal);
  return { name, kept, buried, worktrees };
}

/** An agent, or what an earlier `remove` left half done. */
async function begunOrThere(files: Files, root: string, name: string): Promise<AgentLayout> {
  if (whyNotAName(name) === null) {
    const layout = agentLayout(root, name);
    if (await files.facts(layout.removed)) return layout;
  }
  return requireAgent(files, root, name);
}

/** Nobody's claude is ended for that. */
async function refuseLent(files: Files, layout: AgentLayout): Promise<void> {
  const turn = turnLayout(layout.turns, await latestTurn(files, layout.turns));
  const loan = await lentNow(files, layout, turn);
  if (loan) throw temporaryError(`${layout.name} is ${lentBlocker(layout.name, loan, Date.now()).sentence}`);
}

async function refuseUnfinished(files: Files, layout: AgentLayout): Promise<void> {
  const { name } = layout;
  const count = await countUnfinished(files, layout);
  if (count > 0) throw unfinishedError(name, `has ${plural(count, 'message')} without an answer or an end`);
  const turn = await runningTurn(files, layout);
  if (turn !== null) throw unfinishedError(name, `is in turn ${turn}`);
}

const unfinishedError = (name: string, what: string) =>
  refusedError(
    `${name} ${what}`,
    `Let it finish (agent-runner status ${name}), or give it up: agent-runner remove ${name} --force`,
  );
