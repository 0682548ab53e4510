/** Makes a message of a complete dropped file: as its text, or as an attachment if it is not a short text. */

import { keepDropped, textOf, wideTextOf } from '#blackboard/inbox/attachment.ts';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { readDrop } from '#blackboard/messages/drop-head.ts';
import type { Message } from '#blackboard/messages/message.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface Drop {
  path: string;
  /** The id it got when it was taken: delivering it again is a duplicate. */
  id: string;
  /** Its own name, cleaned. */
  name: string;
}

/**
 * Delivers the drop and removes it. Order on disk: attachment linked into files/<id>/ → message delivered → drop
 * removed. A crash in between repeats steps that find themselves done.
 */
export async function adoptDrop(files: Files, inbox: Inbox, drop: Drop, nowMs: number): Promise<void> {
  const facts = await files.facts(drop.path);
  if (!facts) return;
  await files.shut(drop.path);
  if (facts.sizeBytes === 0) {
    await buryFile(files, inbox, drop.path, drop.name, 'the file is empty: there is nothing to do', nowMs);
    return;
  }
  const bytes =
    facts.sizeBytes <= limits.bodyBytesMax ? await files.read(drop.path, { bytesMax: limits.bodyBytesMax }) : null;
  const wide = bytes && wideTextOf(bytes);
  const text = wide ?? (bytes && textOf(bytes));
  const base = { id: drop.id, from: 'operator', at: new Date(nowMs).toISOString(), trace: drop.id, hops: 0 };
  const keep = async () => [
    { name: await keepDropped(files, inbox, drop.id, drop.name, drop.path), sizeBytes: facts.sizeBytes },
  ];
  if (text !== null) {
    const read = readDrop(text, nowMs);
    if (read.kind === 'held') {
      await buryFile(files, inbox, drop.path, drop.name, read.reason, nowMs);
      return;
    }
    // The text of a UTF-16 file differs from its bytes, so the bytes are attached.
    const attached = wide === null ? {} : { attachments: await keep() };
    const { head, body } = read;
    // "duplicate": the same drop, delivered by a process that died before it removed the drop, or by another one right
    // now.
    await deliver(files, inbox, { ...base, ...head, kind: head.kind ?? 'request', file: drop.name, ...attached, body });
  } else {
    const attachments = await keep();
    const message: Message = { ...base, kind: 'request', file: drop.name, attachments, body: '' };
    await deliver(files, inbox, message);
  }
  await files.remove(drop.path);
}
