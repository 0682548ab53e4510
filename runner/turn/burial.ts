/**
 * Buries a message that no turn works on. Only one process can rename it to dead; reason, notes and outcome follow from
 * the dead letter.
 */
import { join } from 'node:path';
import { withdrawCards } from '#blackboard/cards/close-card.ts';
import type { MessageLocation } from '#blackboard/inbox/locate.ts';
import { type Outcome, outcomeOf } from '#blackboard/inbox/outcome.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { formatMessageName } from '#blackboard/messages/message-name.ts';
import { senderOf } from '#blackboard/messages/own-matter.ts';
import type { KnownMessage } from '#blackboard/peers/known-message.ts';
import { completeDeath, type Death } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';

export interface Burier {
  files: Files;
  root: string;
  clock: Clock;
  /** The peer that wants it so, which is not told; '': nobody. */
  by: string;
}

export interface Burial {
  reason: string;
  /** It cannot be requeued. */
  isFinal?: boolean;
}

/** The result of a burial: the message is dead because of it, or had another outcome before. */
export type Buried = { kind: 'dead' } | { kind: 'over'; outcome: Outcome };

/**
 * Buries a waiting message. The rename decides: null if another process has claimed or moved the message; the next look
 * finds it there.
 */
export async function buryWaiting(
  burier: Burier,
  known: Pick<KnownMessage, 'id' | 'inbox' | 'peer'>,
  place: MessageLocation,
  burial: Burial,
): Promise<Buried | null> {
  const { files } = burier;
  const { inbox, id } = known;
  const path = join(inbox.dead, formatMessageName(place.name));
  // Before the rename: once it is dead, somebody may remove it for good.
  const told = await whomToTell(files, place.path, id, [inbox.dead]);
  if ((await relocate(files, place.path, path)) === 'gone') return null;
  await files.syncDirectory(inbox.dead);
  await files.syncDirectory(join(place.path, '..'));
  return complete(burier, known, { ...place, path, state: 'dead' }, burial, told);
}

/** The same for a dead letter; what already exists stays. */
export async function finishBurial(
  burier: Burier,
  known: Pick<KnownMessage, 'id' | 'inbox' | 'peer'>,
  place: MessageLocation,
  burial: Burial,
): Promise<Buried> {
  return complete(
    burier,
    known,
    place,
    burial,
    await whomToTell(burier.files, place.path, known.id, [known.inbox.dead]),
  );
}

async function complete(
  { files, root, clock, by }: Burier,
  { inbox, peer }: Pick<KnownMessage, 'id' | 'inbox' | 'peer'>,
  place: MessageLocation,
  { reason: why, isFinal = false }: Burial,
  told: Told,
): Promise<Buried> {
  const outcome = await outcomeOf(files, inbox, place.name);
  // An interrupted turn may have left a question about it; so may one that died here.
  const isOfIt = ({ message }: { message: string | null }) => message === place.name.id;
  const withdraw = () => withdrawCards({ files, root, clock }, isOfIt, 'its message is dead');
  if (outcome) await withdraw();
  if (outcome) return outcome.reason?.startsWith('cancelled') ? { kind: 'dead' } : { kind: 'over', outcome };
  const reason = why.slice(0, limits.reasonCharsMax);
  const context = { files, root, clock, layout: { name: peer, inbox } };
  await completeDeath(context, place.name, { ...told, reason, isFinal }, [by]);
  await withdraw();
  return { kind: 'dead' };
}

type Told = Pick<Death, 'from' | 'fromId' | 'kind' | 'trace'>;

/** By its head; where that is none, by what it says of its sender, who may have been promised an answer. */
async function whomToTell(files: Files, path: string, id: string, directories: readonly string[]): Promise<Told> {
  const text = await readText(files, path, limits.recordBytesMax).catch(async error => {
    await faultOfEntry(files, error, directories);
    return null;
  });
  try {
    return decodeMessage(text ?? '', id, id);
  } catch {
    return { from: senderOf(text ?? '') ?? OPERATOR, kind: 'request', trace: id };
  }
}
