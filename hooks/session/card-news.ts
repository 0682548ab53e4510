/**
 * The cards that wait for a person, as news to a session: how many, and the command that shows them, once for each. Never
 * their words: an agent wrote them, and they are for the person.
 */
import { openAsked } from '#blackboard/cards/open-asked.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { NewsItem } from '#hooks/news/news-text.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';
import type { Seen } from '#hooks/session/shown.ts';

export interface CardNews {
  item: NewsItem;
  /** The cards that it has been told of once it has seen this. */
  told: string[];
}

/** null: there is none that it was not told of. `self`: its own questions are no news to it. */
export async function cardNews(
  { files, root, layout, clock, rootOption }: HookContext,
  self: string | null,
  seen: readonly Seen[],
): Promise<CardNews | null> {
  const nowMs = clock.nowMs();
  const asked = await openAsked(files, root, nowMs, limits.cardsToldMax);
  const open = asked.filter(({ peer }) => peer !== self);
  if (open.length === 0) return null;
  const kept = (await readText(files, layout.cardsTold, limits.recordBytesMax)) ?? '';
  const told = [...kept.split('\n').filter(Boolean), ...seen.flatMap(({ shown }) => shown.cards ?? [])];
  const fresh = open.filter(({ id }) => !told.includes(id));
  if (fresh.length === 0) return null;
  const all = open.length === fresh.length ? '' : ` (${open.length} in all)`;
  const head =
    `${fresh.length} new ${fresh.length === 1 ? 'question' : 'questions'} for your user${all} · agent-runner${rootOption} approvals` +
    ' shows what waits · say so; only your user can answer, in a terminal';
  return {
    item: { id: CARDS, rank: 1, atMs: nowMs, head, text: '', whole: '' },
    told: [...told, ...fresh.map(({ id }) => id)].slice(-limits.cardsToldMax),
  };
}

/** The id of that item: no message and no entry has it. */
export const CARDS = 'cards';
