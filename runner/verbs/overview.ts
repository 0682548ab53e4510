/** Counts what is going on in a root, in addition to `list`. */
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { stateSource } from '#runner/status/agent-facts.ts';
import { isSwitchedOff } from '#runner/status/blockers.ts';
import { approvals } from '#runner/verbs/approvals.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type Listing, list } from '#runner/verbs/list.ts';

export interface Overview {
  listing: Listing;
  /** Cards that wait for a person. */
  cards: number;
  /** Messages for the operator that nobody has read. */
  unread: number;
  /** Agents that are parked, and agents that wait for a person for another reason. */
  parked: number;
  stuck: number;
  /** Dead letters of agents. */
  dead: number;
  /** There is an agent that a runner would run, and no runner is up. */
  isDown: boolean;
  /** Of all agents, those that are removed included. */
  todayUsd: number;
}

export async function overview(context: VerbContext): Promise<Overview> {
  const { files, root, env } = context;
  const listing = await list(context, { elsewhere: true });
  const nowMs = Date.now();
  const source = stateSource(root, files, env, nowMs);
  const agents = listing.peers.filter(each => each.kind === 'agent');
  const inNew = await files.list(inboxLayout(rootLayout(root).operator).new);
  const hasWorkers = agents.some(({ state }) => !isSwitchedOff({ kind: state }));
  return {
    listing,
    cards: (await approvals(context)).length,
    unread: inNew.filter(name => parseMessageName(name) !== null).length,
    parked: agents.filter(({ state }) => state === 'parked').length,
    stuck: agents.filter(({ state, needsYou }) => needsYou && !['parked', 'busy', 'asking'].includes(state)).length,
    dead: agents.reduce((sum, each) => sum + each.dead, 0),
    isDown: hasWorkers && agents.every(each => each.runnerPid === null) && (await source.runners()) === 'none',
    todayUsd: (await source.spending()).fleetUsd,
  };
}
