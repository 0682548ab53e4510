/**
 * Sends one text to several peers. Each gets a message whose id derives from the broadcast's, so a repeat delivers only what is
 * missing, and no progress is kept anywhere.
 */
import type { Delivery } from '#blackboard/inbox/deliver.ts';
import type { Peer } from '#blackboard/peers/peer-kind.ts';
import { isRunnerError, noSuchError, reasonOf, usageError } from '#blackboard/system/errors.ts';
import { derivedId, isMessageId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';
import type { Broadcast } from '#runner/results/messages.ts';
import { takeBroadcast } from '#runner/verbs/broadcast-pace.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { addressLetter, checkWords, deliverLetter, type Letter, saying, wordsOf } from '#runner/verbs/outgoing.ts';
import { recipientsOf, type Wanted } from '#runner/verbs/recipients.ts';
import { findSender } from '#runner/verbs/sender.ts';
import { wakeSession } from '#runner/verbs/wake-session.ts';

export interface BroadcastInput extends Omit<Letter, 'to'>, Partial<Wanted> {}

/**
 * One peer that cannot be reached does not keep it from the others. `key`: the same key, or the id of an earlier broadcast, is the same
 * broadcast. Throws 64 for no or too long a text and wrong options, 65 if the key was used with other words, 66 if nobody is
 * there or somebody named is not, 77 for too many hops and too many broadcasts.
 */
export async function broadcast({ files, root, env }: VerbContext, input: BroadcastInput): Promise<Broadcast> {
  checkWords(input);
  const text = await wholeText(input.text, input.files.length > 0);
  const atMs = Date.now();
  const words = text === null ? null : wordsOf(text);
  const sender = await findSender(files, root, env, input.from);
  const wanted = { to: input.to ?? null, except: input.except ?? [], only: input.only ?? null };
  const { peers, missing } = await recipientsOf(files, root, wanted, { name: sender.peer, id: sender.peerId });
  if (peers.length + missing.length === 0)
    throw noSuchError('there is nobody to tell', 'See who is there: agent-runner list');
  await takeBroadcast(files, root, sender, atMs);
  const id = broadcastId(input.key, sender.peerId ?? sender.peer, atMs);
  const results: Broadcast['peers'] = missing.map(({ name, problem }) => ({
    ...{ to: name, kind: null, id: null, delivery: 'failed', problem },
  }));
  for (const peer of peers) results.push(await toOne(peer));
  return { id, peers: results };

  async function toOne(peer: Peer): Promise<Broadcast['peers'][number]> {
    const to = { to: peer.name, kind: peer.kind.word };
    const own = derivedId('broadcast', id, peer.kind.word, peer.id ?? peer.name);
    const letter: Letter = { ...input, to: peer.name, key: id };
    try {
      const addressed = await addressLetter(files, root, env, letter, atMs);
      const mine = {
        ...saying(addressed, letter, words, 'note'),
        id: own,
        sender: { ...addressed.sender, trace: sender.trace ?? id },
      };
      const delivery: Delivery = await deliverLetter(files, letter, mine, words);
      if (input.wake !== false) await wakeSession(root, mine);
      return { ...to, id: own, delivery, problem: null };
    } catch (error) {
      // The same words for everybody: what is wrong with them is wrong with the call.
      if (isRunnerError(error) && (error.code === 'taken' || error.kind === 'usage')) throw error;
      return { ...to, id: own, delivery: 'failed', problem: reasonOf(error) };
    }
  }
}

function broadcastId(key: string | undefined, sender: string, atMs: number): string {
  if (key === undefined) return newId(atMs);
  return isMessageId(key) ? key : derivedId('broadcast', sender, key);
}

/** null: none, but files. Throws 64 for none at all, for what is longer than a broadcast may be, and for what is no text. */
export async function wholeText(text: Letter['text'], hasFiles: boolean): Promise<string | null> {
  const chunks: Uint8Array[] = typeof text === 'string' ? [Buffer.from(text)] : [];
  let sizeBytes = chunks[0]?.length ?? 0;
  if (text !== null && typeof text !== 'string')
    for await (const chunk of text) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > limits.broadcastBytesMax) break;
    }
  if (sizeBytes > limits.broadcastBytesMax)
    throw usageError(
      `a broadcast has at most ${limits.broadcastBytesMax / 1024} KB of text, and more came`,
      'Put it into a file that everybody can read, and broadcast where it is.',
    );
  const whole = textOf(Buffer.concat(chunks));
  if (whole === null) throw usageError('a broadcast is text, and this is none', 'Attach it: --file <path>');
  if (whole.trim() !== '') return whole;
  if (hasFiles) return null;
  throw usageError('there is nothing to send: no text and no file', 'Try: agent-runner broadcast "text"');
}
