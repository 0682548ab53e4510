/**
 * The word that proves that a button was pressed in the pane of the plugin's mod: random, for one verb on one card in one
 * session, for a minute, and for one use. On disk is only its hash, in the session's `mod/words/`; the word itself goes
 * through pipes (hooks/entry/watch.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';

/** What a button may do. */
const PRESSES = ['approve', 'deny', 'answer'] as const;
export type PressVerb = (typeof PRESSES)[number];

export interface Press {
  card: string;
  verb: PressVerb;
}

/** A button as the mod writes it down; `nonce`: its word for this press. */
export interface PressedButton extends Press {
  nonce: string;
}

/** null: it is not what our mod writes, or not all of it is there yet. */
export function parsePressed(text: string): PressedButton | null {
  const { nonce, card, verb } = parseObject(text) ?? {};
  const known = PRESSES.find(each => each === verb);
  if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce) || !known) return null;
  return typeof card === 'string' && isMessageId(card) ? { nonce, card, verb: known } : null;
}

const pathOf = (words: string, word: string): string => join(words, createHash('sha256').update(word).digest('hex'));

/** A new word, which counts from now on. Forgets those whose time is over. */
export async function issueWord(files: Files, words: string, { card, verb }: Press, nowMs: number): Promise<string> {
  await files.makeDirectory(words);
  for (const name of await files.list(words)) {
    const facts = await files.facts(join(words, name));
    if (facts && nowMs - facts.mtimeMs > limits.pressMs) await files.remove(join(words, name));
  }
  const word = randomBytes(32).toString('hex');
  await files.create(pathOf(words, word), `${JSON.stringify({ card, verb, untilMs: nowMs + limits.pressMs })}\n`);
  return word;
}

/** Uses the word up: null, or why it does not count. */
export async function takeWord(
  files: Files,
  words: string,
  word: string,
  { card, verb }: Press,
  nowMs: number,
): Promise<string | null> {
  const path = pathOf(words, word);
  const issued = await readRecord<Press & { untilMs: number }>(files, path).catch(() => null);
  if (!issued) return 'no button was given this word';
  if (issued.card !== card || issued.verb !== verb) return 'its button is for something else';
  const leftMs = issued.untilMs - nowMs;
  if (!(leftMs > 0 && leftMs <= limits.pressMs)) return 'its button was pressed too long ago';
  return (await files.link(path, `${path}.used`)) === 'linked' ? null : 'it was used before';
}
