// Waits for what other processes do: looks again and again, and tells what it waited for when that never comes.

/** Nothing: it has not come yet. */
export type Look<T> = () => T | null | undefined | false | Promise<T | null | undefined | false>;

export interface UntilOptions {
  /** Milliseconds after which it fails. */
  ms?: number;
  /** What is told beside that. */
  about?: () => string;
}

/** Between two looks, at the least and at the most. */
const PAUSE_MS = 10;
const PAUSE_MAX_MS = 1_000;
/** The pause after a look is so many times as long as the look took: what is waited for needs the processor, too. */
const PAUSE_SHARE = 3;

/** What `look` gives, once it gives something. */
export async function until<T>(what: string, look: Look<T>, { ms = 40_000, about }: UntilOptions = {}): Promise<T> {
  const deadlineMs = performance.now() + ms;
  for (;;) {
    const lookedMs = performance.now();
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`waited ${ms} ms for ${what}${about ? `\n${about()}` : ''}`);
    const pauseMs = PAUSE_SHARE * (performance.now() - lookedMs);
    await new Promise(resolve => setTimeout(resolve, Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MS, pauseMs))));
  }
}
