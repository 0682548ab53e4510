/** Adoption: a whole dropped file becomes a message: as its text, or as an attachment where it is not short text. */
import type { Files } from '../files.ts';
import type { Inbox } from '../layout.ts';
import { limits } from '../limits.ts';
import type { Message } from '../message.ts';
import { decodeDrop } from '../message-decode.ts';
import { keepDropped, textOf } from './attachment.ts';
import { buryFile } from './bury.ts';
import { deliver } from './deliver.ts';

export interface Drop {
  path: string;
  /** The id it was given when it was taken: delivering it again is a duplicate. */
  id: string;
  /** Its own name, cleaned. */
  name: string;
}

/**
 * Delivers the drop and removes it. Order on disk: attachment linked into files/<id>/ → message delivered → drop
 * removed; a death in between repeats steps that find themselves done.
 */
export async function adoptDrop(files: Files, inbox: Inbox, drop: Drop, nowMs: number): Promise<void> {
  const facts = await files.facts(drop.path);
  if (!facts) return;
  if (facts.sizeBytes === 0) {
    await buryFile(files, inbox, drop.path, drop.name, 'the file is empty: there is nothing to do', nowMs);
    return;
  }
  const text = facts.sizeBytes <= limits.bodyBytesMax ? await shortText(files, drop.path) : null;
  const base = { id: drop.id, from: 'operator', at: new Date(nowMs).toISOString(), trace: drop.id, hops: 0 };
  if (text !== null) {
    const { head, body } = decodeDrop(text);
    await deliver(files, inbox, { ...base, ...head, kind: head.kind ?? 'request', file: drop.name, body });
  } else {
    const name = await keepDropped(files, inbox, drop.id, drop.name, drop.path);
    const attachments = [{ name, sizeBytes: facts.sizeBytes }];
    const message: Message = { ...base, kind: 'request', file: drop.name, attachments, body: '' };
    await deliver(files, inbox, message);
  }
  await files.remove(drop.path);
}

/** The text of a file, or null if it is none. */
async function shortText(files: Files, path: string): Promise<string | null> {
  const bytes = await files.read(path, { bytesMax: limits.bodyBytesMax });
  return bytes && textOf(bytes);
}
