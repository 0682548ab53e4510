/**
 * What a hook does at an event, in which order, and how long each part may take. A person waits: leftovers of others
 * are handled only as far as time allows, the news is shown in any case, and no unnecessary wait for the disk comes
 * before the print. The rest is left to a runner, or to the hook of the next event. Pure.
 */
import { limits } from '#blackboard/system/limits.ts';
import type { Shown } from '#hooks/session/shown.ts';

/**
 * inbox: what producers and drops left in the session's inbox · board: drops on the board, entries of dead writers ·
 * show: read, worded, recorded · seen: what is proven becomes done · aside: invalid and expired messages are buried ·
 * on: moves the cursor on the board, if there was nothing to show · sweep: records of occasions long past.
 */
export type Part = 'inbox' | 'board' | 'show' | 'seen' | 'aside' | 'on' | 'sweep';

export interface Item {
  part: Part;
  /** Milliseconds after the hook's start after which it begins nothing more; null: always done, and it is little. */
  untilMs: number | null;
}

export interface Agenda {
  before: readonly Item[];
  /** After it was printed. */
  after: readonly Item[];
}

/** How many to take next: the first one alone, to measure what one costs. */
export const batchAfter = (taken: number, tookMs: number, leftMs: number): number =>
  Math.max(1, Math.min(limits.dropsPerLook, Math.floor((leftMs * taken) / Math.max(1, tookMs))));

/**
 * How long to look for proof before all that, milliseconds after the hook's start: what is not proven by then is shown
 * again.
 */
export const proofUntilMs = (): number => limits.hookWorkMs / 2;

/** `listen`: a session joins the board. */
export function agendaOf(by: Shown['by'] | 'listen'): Agenda {
  const part = (share: number) => Math.floor(limits.hookWorkMs * share);
  const inbox: Item = { part: 'inbox', untilMs: part(0.3) };
  const show: Item = { part: 'show', untilMs: null };
  const after: Item[] = [
    { part: 'seen', untilMs: part(1) },
    { part: 'aside', untilMs: part(1) },
  ];
  switch (by) {
    case 'tool':
    case 'stop':
      return { before: [inbox, show], after };
    case 'listen':
      return { before: [{ part: 'board', untilMs: part(0.6) }, show], after: [] };
    case 'prompt':
    case 'queued':
      return {
        before: [inbox, { part: 'board', untilMs: part(0.6) }, show],
        after: [...after, { part: 'on', untilMs: part(1) }, { part: 'sweep', untilMs: part(1) }],
      };
  }
}
