/** Makes a message of a complete dropped file: as its text, or as an attachment if it is not a short text. */

import { keepDropped } from '#blackboard/inbox/attachment.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import type { TakenDrop } from '#blackboard/inbox/take-drops.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { type DropRead, readDrop } from '#blackboard/messages/drop-head.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { textOf, wideTextOf } from '#blackboard/text/text-encoding.ts';

/**
 * Delivers the drop; a sentence: why it is no work. Order on disk: attachment linked into files/<id>/ → message delivered,
 * under the id that the drop got when it was taken. A crash in between repeats steps that find themselves done.
 */
export async function adoptDrop(
  files: Files,
  inbox: Inbox,
  drop: TakenDrop & { path: string },
  nowMs: number,
): Promise<string | null> {
  const facts = await files.facts(drop.path);
  if (!facts) return null;
  if (facts.sizeBytes === 0) return 'the file is empty: there is nothing to do';
  const bytes =
    facts.sizeBytes <= limits.bodyBytesMax ? await files.read(drop.path, { bytesMax: limits.bodyBytesMax }) : null;
  const wide = bytes && wideTextOf(bytes);
  const text = wide ?? (bytes && textOf(bytes));
  const read: DropRead = text === null ? { kind: 'message', head: {}, body: '' } : readDrop(text, nowMs);
  if (read.kind === 'held') return read.reason;
  const { head, body } = read;
  const base = { id: drop.id, from: 'operator', at: new Date(nowMs).toISOString(), trace: drop.id, hops: 0 };
  // The text of a UTF-16 file differs from its bytes, so the bytes are attached.
  const isAttached = text === null || wide !== null;
  const keep = async () => [
    { name: await keepDropped(files, inbox, drop.id, drop.name, drop.path), sizeBytes: facts.sizeBytes },
  ];
  const attached = isAttached ? { attachments: await keep() } : {};
  // "duplicate": the same drop, delivered by a process that died before it removed the drop, or by another one right now.
  await deliver(files, inbox, { ...base, ...head, kind: head.kind ?? 'request', file: drop.name, ...attached, body });
  return null;
}
