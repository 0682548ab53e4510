/**
 * Removes an agent: agent.md is renamed first (from then on nobody can write to the agent and no runner runs it), then
 * its runner lets go, then every message gets its outcome, then the directory moves to removed/ with one rename, and
 * finally the messages that came in between get their outcome there (`buried`). After a crash at any point the next
 * `remove`, of any agent, continues.
 */
import { join } from 'node:path';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { adoptUnplaced } from '#blackboard/inbox/deliver.ts';
import { listDrops, listTakenDrops } from '#blackboard/inbox/drops.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { type AgentLayout, agentLayoutAt, rootLayout, turnLayout, wakeLayout } from '#blackboard/layout.ts';
import { parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { agentOf, REMOVED } from '#blackboard/peers/agent.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { isClosed, readChild, sealTurn } from '#blackboard/turns/turns.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { isChildAlive } from '#runner/claude/child-elsewhere.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { buryWaiting } from '#runner/turn/burial.ts';
import { type Canceller, cancelTurn } from '#runner/turn/cancelling.ts';
import { type Completed, completeBurials } from '#runner/turn/complete-burials.ts';
import { contextHere } from '#runner/turn/context-here.ts';
import { finishTurn, sweepClosed } from '#runner/turn/finish.ts';

export interface Removal {
  files: Files;
  root: string;
  layout: AgentLayout;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** Who removes it. */
  by: string;
  /** Of the runner that does it. */
  events?: RunnerEvents;
  progress(step: RemovalStep): unknown;
}

/** What has happened while an agent is removed. */
export type RemovalStep =
  | { step: 'turn-ended'; turn: number }
  /** Until that runner lets go of the agent. */
  | { step: 'waiting'; pid: number }
  /** What finishing a turn has to say, where nobody takes its events. */
  | { step: 'said'; line: string };

/** Messages and drops that are not finished. */
export async function countUnfinished(files: Files, { inbox }: AgentLayout): Promise<number> {
  const lists = await Promise.all([inbox.new, inbox.later].map(directory => files.list(directory)));
  const waiting = lists.flat().filter(name => parseMessageName(name) !== null);
  const working = (await files.list(inbox.cur)).filter(name => parseClaimedName(name) !== null);
  const drops = [...(await listDrops(files, inbox)), ...(await listTakenDrops(files, inbox))];
  return waiting.length + working.length + drops.length;
}

/** The number of the running turn, or null. */
export async function runningTurn(files: Files, layout: AgentLayout): Promise<number | null> {
  const number = await latestTurn(files, layout.turns);
  const turn = turnLayout(layout.turns, number);
  if (number === 0 || (await isClosed(files, turn))) return null;
  const child = await readChild(files, turn);
  return child.kind === 'started' && (await isChildAlive(files, turn, child.identity)) ? number : null;
}

/** Renames agent.md. Repeatable. */
export async function closeAgent({ files, layout }: Removal): Promise<void> {
  if ((await files.move(layout.definition, layout.removed)) === 'moved') await files.syncDirectory(layout.home);
}

/** Renames it back: messages came just before. */
export async function reopenAgent({ files, layout }: Removal): Promise<void> {
  // "gone": another remove has given it back.
  await files.move(layout.removed, layout.definition);
  await files.syncDirectory(layout.home);
}

/** Ends the running turn, waits until no runner has the agent, and finishes what one left open. */
export async function endTurns(removal: Removal): Promise<void> {
  const { files, root, layout, clock, by } = removal;
  const isRun = async () => (await liveRunner(layout)) !== null;
  const canceller: Canceller = { files, root, clock, by, isRun };
  const cancelled = await cancelTurn(canceller, layout);
  if (cancelled.kind !== 'nothing-runs') removal.progress({ step: 'turn-ended', turn: cancelled.turn });
  const runner = await liveRunner(layout);
  if (runner) removal.progress({ step: 'waiting', pid: runner.identity.pid });
  while (await isRun()) await clock.sleep(limits.streamLookMs);
  const number = await latestTurn(files, layout.turns);
  const turn = turnLayout(layout.turns, number);
  if (number === 0 || (await isClosed(files, turn))) return;
  const known = await readChild(files, turn);
  await finishTurn(await contextOf(removal), turn, known.kind === 'none' ? await sealTurn(files, turn) : known);
}

/** Moves every message that is left to dead, and tells its sender. Returns how many there were. */
export async function buryAll(removal: Removal): Promise<number> {
  const { files, root, layout, clock, by } = removal;
  const { inbox, name } = layout;
  const reason = `agent ${name} was removed${by === '' ? '' : ` by ${by}`}`;
  const context = await contextOf(removal);
  await sweepClosed(context);
  await adoptUnplaced(files, inbox, () => true);
  let count = 0;
  for (const directory of [inbox.new, inbox.later])
    for (const entry of await files.list(directory)) {
      const id = parseMessageName(entry)?.id;
      const place = id === undefined ? null : await locate(files, inbox, id);
      if (!id || !place || place.state === 'dead' || place.state === 'done') continue;
      const buried = await buryWaiting({ files, root, clock, by }, { id, inbox, peer: name }, place, {
        reason,
        isFinal: true,
      });
      // null: it was cancelled in this moment.
      if (buried) count++;
    }
  for (const [directory, names] of [
    [inbox.inbox, await listDrops(files, inbox)],
    [inbox.tmp, await listTakenDrops(files, inbox)],
  ] as const)
    for (const drop of names) {
      await buryFile(files, inbox, join(directory, drop), drop, reason, clock.nowMs());
      count++;
    }
  // What an earlier attempt moved to dead before it died.
  const completed: Completed = new Set();
  await completeBurials(context, completed);
  return count;
}

/**
 * Buries all messages, moves the directory out of reach, and buries what was delivered in between: nothing can arrive
 * there.
 */
export async function buryAndPutAway(removal: Removal): Promise<{ kept: string; buried: number }> {
  const before = await buryAll(removal);
  const kept = await putAway(removal);
  return { kept, buried: before + (await buryKept(removal, kept)) };
}

/** The whole directory in one rename. Returns where it is kept. */
async function putAway({ files, root, layout, clock }: Removal): Promise<string> {
  const { removed, agents } = rootLayout(root);
  await files.makeDirectory(removed);
  const kept = join(removed, `${layout.name}-${clock.nowMs()}`);
  // "gone": another `remove` was faster, and goes on with it.
  if ((await files.move(layout.home, kept)) === 'gone')
    throw temporaryError(`${layout.home} was moved by somebody else`, 'Look at what there is: agent-runner list');
  await files.syncDirectory(removed);
  await files.syncDirectory(agents);
  for await (const _step of removeTree(files, wakeLayout(root, layout.name).home));
  return kept;
}

/** Gives the messages in a directory that is out of reach their outcome, and records that there. */
async function buryKept(removal: Removal, kept: string): Promise<number> {
  const layout = agentLayoutAt(kept, removal.root, removal.layout.name);
  const buried = await buryAll({ ...removal, layout });
  // "exists": another `remove` has gone on with it, too.
  await writeOnce(removal.files, layout.buried, `${new Date(removal.clock.nowMs()).toISOString()}\n`);
  return buried;
}

/** Continues removals that died after the directory was moved out of reach. Returns how many messages went to dead. */
export async function finishRemovals(removal: Omit<Removal, 'layout'>): Promise<number> {
  const { files, root } = removal;
  const { removed } = rootLayout(root);
  let buried = 0;
  for (const entry of await files.list(removed)) {
    const name = agentOf(`${REMOVED}${entry}`);
    const layout = agentLayoutAt(join(removed, entry), root, name);
    if (!(await files.facts(layout.inbox.new)) || (await files.facts(layout.buried))) continue;
    buried += await buryKept({ ...removal, layout }, layout.home);
  }
  return buried;
}

/** What finishing a turn needs: agent.md as it was, or its defaults where nobody can read it. */
async function contextOf({ files, root, layout, clock, env, events, progress }: Removal): Promise<AgentContext> {
  const text = (await readText(files, layout.removed, limits.recordBytesMax)) ?? '';
  const parse = (source: string) => parseAgentFile(source, layout.removed, homeOrNone(env), layout.home);
  let definition: AgentContext['definition'];
  try {
    definition = parse(text);
  } catch {
    // Limits and directories of a turn that is over matter no more.
    definition = parse('---\ncwd: /\n---\n');
  }
  const print = (line: string) => void progress({ step: 'said', line });
  return contextHere({ files, root, layout, clock, env, print, ...(events ? { events } : {}) }, definition);
}
