/**
 * Retention of an agent: removes what is over and old, in small steps. Never touches anything unfinished: no open turn,
 * no turn that a waiting message refers to, nothing of a message outside done. After a crash at any point there is less
 * to remove, and nothing is torn.
 */
import { join } from 'node:path';
import { type AgentLayout, parseTurnName, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { DAY_MS, localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';
import { sayTurnsGo } from '#blackboard/turns/newest-turn.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import type { Retention } from '#runner/agents/config.ts';
import { heldMessages, sweepInbox } from '#runner/retention/inbox-retention.ts';

/** What must be known of a turn. */
export interface TurnFacts {
  number: number;
  /** When it was closed, Unix milliseconds; null: it is open. */
  closedMs: number | null;
  sizeBytes: number;
}

/**
 * The turns to remove, oldest first: those older than `days`, then as many as exceed the size. `needed`: turns that a
 * message outside done refers to. Always kept: open ones, those of the last day, the newest and the one before it (an
 * open turn is judged by the decision of its predecessor).
 */
export function planTurns(
  turns: readonly TurnFacts[],
  options: Pick<Retention, 'days' | 'turnsBytes'> & { needed: ReadonlySet<number>; nowMs: number },
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

/** Sizes of closed turns, which never change, so they are measured once. */
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
  yield* sweepInbox(files, layout.inbox, retention, nowMs);
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
  // After the turns were listed: from here on, a message that refers to one of them refers to it, or to a later one.
  const needed = await neededTurns(files, layout);
  const numbers = turns.map(({ number }) => number).sort((a, b) => a - b);
  const planned: number[] = [];
  for (const number of planTurns(turns, { ...retention, needed, nowMs })) {
    const at = numbers.indexOf(number);
    if (await hasOutputOf(files, layout, numbers[at + 1], number)) continue;
    numbers.splice(at, 1);
    planned.push(number);
  }
  // `closed` stays last: what is left of a turn that is half removed is a finished turn, and its number is still there.
  for (const turn of planned.map(number => turnLayout(layout.turns, number)))
    for (const entry of await files.list(turn.home))
      if (entry !== 'closed') yield* removeTree(files, join(turn.home, entry));
  // Only now that there is room for it: a full disk may be why they go.
  if (planned.length > 0) await sayTurnsGo(files, layout.turns);
  for (const number of planned) {
    const turn = turnLayout(layout.turns, number);
    await files.remove(turn.closed);
    await files.remove(turn.home);
    sizes.delete(number);
    yield;
  }
}

/** Whether the output of the later turn is in the directory of the earlier one: a resident claude took both. */
async function hasOutputOf(files: Files, layout: AgentLayout, later: number | undefined, earlier: number) {
  if (later === undefined) return false;
  const intent = await readRecord<Intent>(files, turnLayout(layout.turns, later).intent).catch(() => null);
  return intent?.resident?.first === earlier;
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
