/** The log of all that we write into panes: a line before the first key, and one that says how it ended. */
import { createHash } from 'node:crypto';
import { rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';

export interface WriteFacts {
  verb: string;
  /** The pane's id, and its address where that is known. */
  pane: { id: string; address: string | null };
  socket: string;
  session: string | null;
  /** What was seen before; null: only an empty box. */
  gate: { state: string; subtype: string | null; forced: boolean } | null;
  /** What is typed, or the key. */
  text: string;
  /** A draft is put aside first (--stash). */
  stashes: boolean;
  /** --log-text: the text itself, too. */
  logsText: boolean;
}

/** Throws what the system says: without its line nothing is written. The returned function adds how it ended. */
export async function logWrite(
  files: Files,
  root: string,
  { verb, pane, socket, session, gate, text, stashes, logsText }: WriteFacts,
): Promise<(result: string) => Promise<void>> {
  const path = rootLayout(root).paneLog;
  await files.makeDirectory(rootLayout(root).logs);
  const line = (more: object) =>
    files.append(path, `${JSON.stringify({ at: new Date().toISOString(), id, verb, ...more })}\n`);
  const id = newId(Date.now());
  await line({
    ...{ target: pane.address, pane: pane.id, socket, session, gate },
    ...{ chars: text.length, sha256: createHash('sha256').update(text).digest('hex') },
    ...(stashes ? { stash: true } : {}),
    ...(logsText ? { text } : {}),
  });
  // What was written is written, whether the log has room for its end or not.
  return result => line({ result }).catch(() => {});
}
