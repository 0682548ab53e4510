/**
 * Cards on disk, `cards/<id>`: `<id>.end` is how it ended, `<id>.used` which call took that answer. All three are records
 * that only the first writer makes.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Card, CardEnd, CardUse } from '#blackboard/cards/card.ts';
import { type CardPaths, cardPaths, rootLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId, isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';

/** What is asked. The same call for the same message is the same card, also in another turn, until its answer is taken. */
export interface Question extends Omit<Card, 'id' | 'input' | 'inputChars'> {
  /** The call's arguments. */
  arguments: unknown;
  /** What it is about beside the call, if that is neither the message nor the turn. */
  occasion?: string;
}

export interface StandingCard {
  card: Card;
  /** null: it waits for an answer. */
  end: CardEnd | null;
}

/** The card of this question: one that waits, or whose answer no call has taken yet; else a new one. Durable when it returns. */
export async function raiseCard(files: Files, root: string, question: Question): Promise<StandingCard> {
  const { arguments: given, occasion, ...asked } = question;
  const input = canonical(given);
  const about = occasion ?? asked.message ?? `turn ${asked.turn}`;
  const hash = createHash('sha256').update(input).digest('hex');
  await files.makeDirectory(rootLayout(root).cards);
  for (let time = 0; time < limits.cardTimesMax; time++) {
    const id = derivedId(
      'card',
      asked.peer,
      ...(asked.life === '' ? [] : [asked.life]),
      about,
      asked.tool,
      hash,
      String(time),
    );
    const paths = cardPaths(root, id);
    if ((await files.facts(paths.used)) !== null) continue;
    const card: Card = {
      ...asked,
      id,
      input: input.slice(0, limits.cardInputCharsMax),
      inputChars: input.length,
    };
    await writeRecord(files, paths.card, card);
    const end = await readEnd(files, paths);
    if (end?.kind === 'withdrawn') continue;
    return { card: (await readRecord<Card>(files, paths.card)) ?? card, end };
  }
  throw temporaryError(`${asked.peer} has asked ${limits.cardTimesMax} times for the same call of ${asked.tool}`);
}

const readEnd = (files: Files, { end }: CardPaths): Promise<CardEnd | null> => readRecord<CardEnd>(files, end);

/** Ends the card, unless it has ended: how it ended, and whether that was this end. Durable when it returns. */
export async function endCard(
  files: Files,
  root: string,
  id: string,
  end: CardEnd,
): Promise<{ isFirst: boolean; end: CardEnd }> {
  const paths = cardPaths(root, id);
  const isFirst = (await writeRecord(files, paths.end, end)) === 'written';
  return { isFirst, end: (await readEnd(files, paths)) ?? end };
}

/** This call takes the answer; false: another call has. Durable when it returns. */
export const useCard = async (files: Files, root: string, id: string, use: CardUse): Promise<boolean> =>
  (await writeRecord(files, cardPaths(root, id).used, use)) === 'written';

/** One card with its end; null: there is none. One whose time is over has ended, whether or not anybody wrote that. */
export async function readCard(files: Files, root: string, id: string, nowMs: number): Promise<StandingCard | null> {
  const paths = cardPaths(root, id);
  const card = await readRecord<Card>(files, paths.card);
  if (card === null) return null;
  const end = await readEnd(files, paths);
  return { card, end: end ?? (isOverdue(card, nowMs) ? { kind: 'expired', at: card.untilAt } : null) };
}

/** Until when it waits for a person, Unix milliseconds; null: it does not (any more). */
export async function waitsUntilMs(
  files: Files,
  root: string,
  id: string | undefined,
  nowMs: number,
): Promise<number | null> {
  const standing = id === undefined ? null : await readCard(files, root, id, nowMs);
  return standing?.end === null ? Date.parse(standing.card.untilAt) : null;
}

export const isOverdue = ({ untilAt }: Card, nowMs: number): boolean => Date.parse(untilAt) <= nowMs;

/** The ids of all cards that are still there. */
export const cardIds = async (files: Files, root: string): Promise<string[]> =>
  (await files.list(rootLayout(root).cards)).filter(isMessageId);

/** The cards that wait for an answer, the oldest first. */
export const openCards = async (files: Files, root: string, nowMs: number): Promise<Card[]> =>
  (await waitingCards(files, root)).filter(card => !isOverdue(card, nowMs));

/** The same, with those whose time is over although nobody wrote that. What cannot be read is left out. */
export async function waitingCards(files: Files, root: string): Promise<Card[]> {
  const names = new Set(await files.list(rootLayout(root).cards));
  const ids = [...names].filter(name => isMessageId(name) && !names.has(`${name}.end`));
  const read = (id: string) => readRecord<Card>(files, cardPaths(root, id).card).catch(() => null);
  const cards = (await Promise.all(ids.map(read))).filter(card => card !== null);
  return cards.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1));
}

/**
 * Removes the cards whose time was over before that. The end goes first and the use last: until it is gone too, no call
 * takes the answer once more.
 */
export async function* clearCards(files: Files, root: string, beforeMs: number): AsyncGenerator<void> {
  const { cards } = rootLayout(root);
  const names = await files.list(cards);
  for (const id of names.filter(isMessageId)) {
    const { card, end, used } = cardPaths(root, id);
    const untilAt = (await readRecord<Card>(files, card).catch(() => null))?.untilAt ?? '';
    if (!(Date.parse(untilAt) < beforeMs)) continue;
    for (const path of [end, card, used]) await files.remove(path);
    yield;
  }
  // Of a card that was cleared away by a process that died in between.
  for (const name of names.filter(each => each.endsWith('.used') && !names.includes(each.slice(0, -'.used'.length)))) {
    const path = join(cards, name);
    if (((await files.facts(path))?.mtimeMs ?? Number.POSITIVE_INFINITY) < beforeMs) await files.remove(path);
  }
}

/** The same text for the same value, whatever order its keys come in. */
export function canonical(value: unknown): string {
  const sorted = (_key: string, each: unknown): unknown =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted) ?? 'null';
}
