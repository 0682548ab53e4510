// Waits for what other processes do: looks again and again, and tells what it waited for when that never comes.

/** Nothing: it has not come yet. */
export type Look<T> = () => T | null | undefined | false | Promise<T | null | undefined | false>;

export interface UntilOptions {
  /** Milliseconds after which it fails. */
  ms?: number;
  /** What is told beside that. */
  about?: () => string;
}

/** What `look` gives, once it gives something. */
export async function until<T>(what: string, look: Look<T>, { ms = 40_000, about }: UntilOptions = {}): Promise<T> {
  const deadlineMs = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`waited ${ms} ms for ${what}${about ? `\n${about()}` : ''}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
