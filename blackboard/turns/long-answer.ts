/**
 * Answers that are too long for a record or a message: the rest is cut, with a word about it, and the whole answer is
 * kept beside the turn and beside the reply. Done before `ended` is written, which everybody must be able to read.
 */

import { keepDropped } from '#blackboard/inbox/attachment.ts';
import type { Inbox, TurnLayout } from '#blackboard/layout.ts';
import type { Attachment } from '#blackboard/messages/message.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord, writeOnce } from '#blackboard/system/record.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';

/** The name of the whole answer beside its reply. */
const WHOLE = 'answer.md';

/**
 * The decision on a turn, or null. Versions before this limit wrote answers of any length, and could not read what they
 * had written: here it is read whatever its length.
 */
export const readEnded = (files: Files, turn: Pick<TurnLayout, 'ended'>): Promise<Ended | null> =>
  readRecord<Ended>(files, turn.ended, limits.endedBytesMax);

/** The same decision with an answer that fits. On disk, if it did not fit: the whole answer first, as `answer`. */
export async function fitted(files: Files, turn: TurnLayout, ended: Ended, bytesMax: number): Promise<Ended> {
  const { verdict } = ended;
  if (verdict.kind !== 'answered' || Buffer.byteLength(verdict.text) <= bytesMax) return ended;
  // An existing one was written by another finisher, from the same evidence.
  await writeOnce(files, turn.answer, verdict.text);
  return { ...ended, verdict: { ...verdict, text: cut(verdict.text), isCut: true } };
}

/** A decision of an earlier version that is as long as a record may be: it was published as it is. */
export async function fittedOfBefore(files: Files, turn: TurnLayout, ended: Ended): Promise<Ended> {
  const sizeBytes = (await files.facts(turn.ended))?.sizeBytes ?? 0;
  return sizeBytes > limits.recordBytesMax ? fitted(files, turn, ended, limits.answerBytesMax) : ended;
}

function cut(text: string): string {
  const head = Buffer.from(text).subarray(0, limits.answerBytesMax);
  // A split character is left out.
  const whole = new TextDecoder().decode(head).replace(/\ufffd$/, '');
  return `${whole}\n\n[agent-runner: the answer has ${Buffer.byteLength(text)} bytes and is cut here, a message carries ${limits.answerBytesMax}; all of it is in the file ${WHOLE} that comes with this message]\n`;
}

/** Keeps the whole of a cut answer beside its reply, before the reply is delivered. */
export async function attachWhole(files: Files, inbox: Inbox, id: string, turn: TurnLayout): Promise<Attachment[]> {
  const facts = await files.facts(turn.answer);
  if (!facts) return [];
  return [{ name: await keepDropped(files, inbox, id, WHOLE, turn.answer), sizeBytes: facts.sizeBytes }];
}
