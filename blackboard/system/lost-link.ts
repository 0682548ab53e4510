/** Tells a broken link from a missing file: both read as nothing, but only one of them was intended. */
import type { Files } from '#blackboard/system/files.ts';

/** `<path> is a link that leads nowhere`, for a path that read as not there; null: there is no such name. */
export async function lostLink(files: Files, path: string): Promise<string | null> {
  return (await files.facts(path))?.kind === 'link' ? `${path} is a link that leads nowhere` : null;
}

/** How to fix that. */
export const LOST_LINK_HINT = 'Put the file where the link leads (readlink tells it), or remove the link.';
