/** What a person writes to a peer before it is sent. Its key is made once: sent again after an error it is the same message. Pure. */

export interface Draft {
  text: string;
  kind: string;
  priority: string;
  subject: string;
  /** Of the last try to send it: the key, and what was sent with it. */
  tried: { key: string; what: string } | null;
}

export const NO_DRAFT: Draft = { text: '', kind: 'request', priority: 'normal', subject: '', tried: null };

/** What has to be the same for the same key. `files`: their names and sizes. */
const whatOf = ({ text, kind, priority, subject }: Draft, files: readonly string[]): string =>
  JSON.stringify([text, kind, priority, subject, files]);

/** The draft with the key to send it by: that of the last try, unless it was changed since. */
export function tried(
  draft: Draft,
  files: readonly string[],
  newKey: () => string,
): Draft & { tried: { key: string } } {
  const what = whatOf(draft, files);
  return { ...draft, tried: draft.tried?.what === what ? draft.tried : { key: newKey(), what } };
}

/** The name that is being written behind an `@` at `caret`; null: none is. */
export function mentionAt(text: string, caret: number): { from: number; typed: string } | null {
  const found = /(?:^|\s)@([^\s@]*)$/.exec(text.slice(0, caret));
  return found ? { from: caret - found[1]!.length, typed: found[1]! } : null;
}

/** Names that begin with what is typed, then those that hold it. */
export function mentionsOf(names: readonly string[], typed: string, most = 6): string[] {
  const wanted = typed.toLowerCase();
  const begins = names.filter(name => name.toLowerCase().startsWith(wanted));
  const holds = names.filter(name => !begins.includes(name) && name.toLowerCase().includes(wanted));
  return [...begins, ...holds].slice(0, most);
}
