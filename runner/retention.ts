/**
 * Retention: removes what is over and old, in small steps. Never touches what is not over: no open turn, no turn that a
 * waiting message refers to, nothing of a message outside done. A death anywhere leaves less to remove and nothing torn.
 */
import { join } from 'node:path';
import { localDay } from '../blackboard/clock.ts';
import type { Files } from '../blackboard/files.ts';
import { isMessageId } from '../blackboard/ids.ts';
import { type AgentLayout, type Inbox, parseTurnName, type TurnLayout, turnLayout } from '../blackboard/layout.ts';
import { limits } from '../blackboard/limits.ts';
import { type MessageName, parseClaimedName, parseMessageName } from '../blackboard/message-name.ts';
import { readRecord } from '../blackboard/record.ts';
import { removeTree } from '../blackboard/remove-tree.ts';
import type { Retention } from './config.ts';
import type { Intent } from './turn-records.ts';

const DAY_MS = 86_400_000;

/** What must be known of a turn. */
export interface TurnFacts {
  number: number;
  /** When it was closed, Unix milliseconds; null: it is open. */
  closedMs: number | null;
  sizeBytes: number;
}

/**
 * The turns that go, oldest first: those older than `days`, then as many as weigh too much. `needed`: turns that a message
 * outside done refers to. Always kept: open ones, those of the last day, the newest and the one before it (an open turn is
 * judged by the decision of its predecessor).
 */
export function planTurns(
  turns: readonly TurnFacts[],
  options: Retention & { needed: ReadonlySet<number>; nowMs: number },
): number[] {
  const { days, turnsBytes, needed, nowMs } = options;
  const byAge = [...turns].sort((a, b) => a.number - b.number);
  const newest = byAge.at(-1)?.number ?? 0;
  let bytes = byAge.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const swept: number[] = [];
  for (const { number, closedMs, sizeBytes } of byAge) {
    if (closedMs === null || number >= newest - 1 || needed.has(number)) continue;
    if (nowMs - closedMs < limits.turnKeepMs || localDay(closedMs) === localDay(nowMs)) continue;
    if (nowMs - closedMs <= days * DAY_MS && bytes <= turnsBytes) continue;
    swept.push(number);
    bytes -= sizeBytes;
  }
  return swept;
}

/** The folders of done/ that go: all of their days are further back than `days`. */
export function planDays(folders: readonly string[], days: number, nowMs: number): string[] {
  const first = localDay(nowMs - days * DAY_MS);
  return folders.filter(folder => /^\d{4}-\d\d-\d\d$/.test(folder) && folder < first).sort();
}

/** Sizes of closed turns, which never change, so that they are weighed once. */
export type TurnSizes = Map<number, TurnFacts>;

/** One sweep; it yields after every few effects. */
export async function* sweepAgent(
  files: Files,
  layout: AgentLayout,
  retention: Retention,
  nowMs: number,
  sizes: TurnSizes = new Map(),
): AsyncGenerator<void> {
  yield* sweepTurns(files, layout, retention, nowMs, sizes);
  const held = await heldMessages(files, layout.inbox);
  const kept = new Set(held.map(({ id }) => id));
  yield* sweepDone(files, layout.inbox, retention.days, nowMs, kept);
  yield* sweepForgotten(files, layout.inbox, nowMs - retention.days * DAY_MS, kept);
}

async function* sweepTurns(
  files: Files,
  layout: AgentLayout,
  retention: Retention,
  nowMs: number,
  sizes: TurnSizes,
): AsyncGenerator<void> {
  const turns: TurnFacts[] = [];
  for (const entry of await files.list(layout.turns)) {
    const number = parseTurnName(entry);
    if (number === null) continue;
    const facts = sizes.get(number) ?? (await weighTurn(files, turnLayout(layout.turns, number)));
    if (facts.closedMs !== null && facts.closedMs !== SWEPT) sizes.set(number, facts);
    turns.push(facts);
    yield;
  }
  // After the turns were listed: a message that refers to one of them refers to it, or to a later one, from here on.
  const needed = await neededTurns(files, layout);
  for (const number of planTurns(turns, { ...retention, needed, nowMs })) {
    const turn = turnLayout(layout.turns, number);
    // `closed` goes last: what is left of a turn that was swept half-way is still a turn that is over.
    for (const entry of await files.list(turn.home))
      if (entry !== 'closed') yield* removeTree(files, join(turn.home, entry));
    await files.remove(turn.closed);
    await files.remove(turn.home);
    sizes.delete(number);
    yield;
  }
}

async function weighTurn(files: Files, turn: TurnLayout): Promise<TurnFacts> {
  const { number } = turn;
  const entries = await files.list(turn.home);
  if (entries.length === 0) return { number, closedMs: SWEPT, sizeBytes: 0 };
  let sizeBytes = 0;
  for (const entry of entries) sizeBytes += (await files.facts(join(turn.home, entry)))?.sizeBytes ?? 0;
  return { number, closedMs: (await files.facts(turn.closed))?.mtimeMs ?? null, sizeBytes };
}

/** When an empty turn was closed: a sweep died before it removed the directory. (Or it was just elected: then it is the newest.) */
const SWEPT = 0;

/** Messages that are not over: in new, later, cur and dead. */
async function heldMessages(files: Files, inbox: Inbox): Promise<(MessageName & { turn: number | null })[]> {
  const held: (MessageName & { turn: number | null })[] = [];
  for (const directory of [inbox.new, inbox.later, inbox.dead, inbox.cur, inbox.new])
    for (const entry of await files.list(directory)) {
      const claimed = directory === inbox.cur ? parseClaimedName(entry) : null;
      const name = claimed?.name ?? parseMessageName(entry);
      if (name) held.push({ ...name, turn: claimed?.turn ?? null });
    }
  return held;
}

/** Turns that messages refer to, by their names and by what the intents of those turns say of earlier ones. */
async function neededTurns(files: Files, layout: AgentLayout): Promise<Set<number>> {
  const needed = new Set<number>();
  for (const { id, lastTurn, turn } of await heldMessages(files, layout.inbox)) {
    if (turn !== null) needed.add(turn);
    const chain = new Set<number>();
    for (let number = lastTurn; number > 0 && !chain.has(number); ) {
      chain.add(number);
      const intent = await readRecord<Intent>(files, turnLayout(layout.turns, number).intent).catch(() => null);
      const name = intent?.messages.find(message => message.id === id)?.name;
      number = (name === undefined ? null : parseMessageName(name))?.lastTurn ?? 0;
    }
    for (const number of chain) needed.add(number);
  }
  return needed;
}

/** Whole days of done/: each message's attachments, id and outcome first, its file last: by it the sweep finds the others. */
async function* sweepDone(
  files: Files,
  inbox: Inbox,
  days: number,
  nowMs: number,
  kept: ReadonlySet<string>,
): AsyncGenerator<void> {
  const folders = planDays(await files.list(inbox.done), days, nowMs);
  if (folders.length === 0) return;
  const outcomes = await outcomesById(files, inbox);
  for (const folder of folders) {
    const home = join(inbox.done, folder);
    for (const entry of await files.list(home)) {
      const id = parseMessageName(entry)?.id;
      // A person put a copy of it back to work, or a file of their own here.
      if (id === undefined || kept.has(id)) continue;
      yield* removeTree(files, join(inbox.files, id));
      for (const outcome of outcomes.get(id) ?? []) await files.remove(join(inbox.outcomes, outcome));
      await files.remove(join(inbox.ids, id));
      await files.remove(join(home, entry));
      yield;
    }
    if ((await files.list(home)).length === 0) await files.remove(home);
  }
}

/** `<id>`, and `<id>.<n>` and `<id>.<n>.requeued` of those that were put back. */
async function outcomesById(files: Files, inbox: Inbox): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const entry of await files.list(inbox.outcomes)) {
    const id = entry.slice(0, 36);
    found.set(id, [...(found.get(id) ?? []), entry]);
  }
  return found;
}

/**
 * Ids, outcomes and attachments whose message lies nowhere (a person removed it, or its sweep was cut short), once they are
 * old. An id is a hard link to its message: with a second name it is somewhere, wherever that is.
 */
async function* sweepForgotten(
  files: Files,
  inbox: Inbox,
  beforeMs: number,
  kept: ReadonlySet<string>,
): AsyncGenerator<void> {
  const placed = await placedIds(files, inbox);
  const isForgotten = (id: string) => isMessageId(id) && !kept.has(id) && !placed.has(id);
  for (const directory of [inbox.outcomes, inbox.ids, inbox.files])
    for (const entry of await files.list(directory)) {
      if (!isForgotten(entry.slice(0, 36))) continue;
      const facts = await files.facts(join(directory, entry));
      yield;
      if (!facts || facts.mtimeMs >= beforeMs || (directory === inbox.ids && facts.links > 1)) continue;
      yield* removeTree(files, join(directory, entry));
    }
}

/** Messages in done, and drops that are about to become messages. */
async function placedIds(files: Files, inbox: Inbox): Promise<Set<string>> {
  const placed = new Set<string>();
  for (const folder of await files.list(inbox.done))
    for (const entry of await files.list(join(inbox.done, folder))) {
      const name = parseMessageName(entry);
      if (name) placed.add(name.id);
    }
  for (const entry of await files.list(inbox.tmp)) if (entry.startsWith('drop-')) placed.add(entry.slice(5, 41));
  return placed;
}
